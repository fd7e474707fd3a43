using System.Management.Automation;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Represents the outcome of a <see cref="HandleAssertion"/>, with the properties that Pester expects of one. Immutable.</summary>
public sealed class AssertionResult
{
    internal AssertionResult(string? failureMessage, string expected, string actual, IReadOnlyList<string> notes)
    {
        Succeeded = failureMessage is null;
        FailureMessage = failureMessage;
        Expected = expected;
        Actual = actual;
        Notes = notes;
    }

    internal AssertionResult(ErrorRecord misuse)
    {
        Misuse = misuse;
        Expected = Actual = "";
        Notes = [];
    }

    /// <summary>Gets whether what was expected is so.</summary>
    public bool Succeeded { get; }

    /// <summary>Gets the text of a failed assertion; null if it succeeded.</summary>
    public string? FailureMessage { get; }

    /// <summary>Gets what was expected, in words.</summary>
    public string Expected { get; }

    /// <summary>Gets what is, in words.</summary>
    public string Actual { get; }

    /// <summary>Gets remarks that limit what the outcome says, such as that a dump was cut off.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Gets why there is no outcome, such as that a text was given instead of a process; null if there is one.</summary>
    public ErrorRecord? Misuse { get; }
}
