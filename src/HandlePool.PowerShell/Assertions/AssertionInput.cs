using System.Collections;
using System.Globalization;
using System.Management.Automation;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Converts what a test gave to an assertion, or says why it cannot.</summary>
internal static class AssertionInput
{
    /// <summary>Returns the record of an error that a test can make; null for any other.</summary>
    internal static ErrorRecord? ErrorOf(Exception exception) => exception switch
    {
        HandleException refused => ErrorRecords.For(refused),
        WildcardPatternException pattern => ErrorRecords.BadPattern(pattern),
        ArgumentTransformationMetadataException or MisuseException => ErrorRecords.AssertionMisused(exception.Message),
        _ => null,
    };

    /// <summary>Returns the only object that was given.</summary>
    /// <param name="actual">What was given: an object, or a list of those from the pipeline.</param>
    /// <param name="kinds">The kinds of objects that are taken, as the object of a sentence.</param>
    internal static object One(object? actual, string kinds)
    {
        actual = Item(actual);
        return actual switch
        {
            null or IList { Count: 0 } => throw new MisuseException($"Nothing was given: $null, or an empty pipeline. Give {kinds}."),
            IList list => throw Several(list),
            _ => actual,
        };
    }

    /// <summary>Returns the error of an object of another kind.</summary>
    internal static Exception NotOfKind(object? actual, string kinds)
    {
        object? item = Item(actual);
        LiveAttribute.RefuseCopy(item);
        return LiveAttribute.NotConvertible(item, kinds);
    }

    /// <summary>Returns a whole number of 0 or more; null for null.</summary>
    internal static long? Number(object? value, string name)
    {
        long? number = Unwrap(value) switch
        {
            null => null,
            byte or sbyte or short or ushort or int or uint or long => Convert.ToInt64(Unwrap(value), CultureInfo.InvariantCulture),
            string text when WholeNumber.TryParse(text, NumberStyles.AllowLeadingSign, out long parsed) => parsed,
            _ => throw LiveAttribute.NotConvertible(value, $"a whole number, as {char.ToLowerInvariant(name[0])}{name[1..]} must be"),
        };
        return number is < 0 ? throw new MisuseException($"{name} is {number}. Give 0 or more.") : number;
    }

    /// <summary>Returns the session that was given or named; null for null.</summary>
    internal static HandleSession? Session(object? value) =>
        value is null ? null : SessionStore.Here.Get((SessionIdentity)Single(new SessionIdentityAttribute().Transform(null!, value)));

    /// <summary>Returns the process that was given or named; null for null.</summary>
    /// <param name="value">An object, a name or a pid.</param>
    /// <param name="session">The session that was named; null for none.</param>
    internal static HandleProcess? Process(object? value, HandleSession? session)
    {
        if (value is null)
            return null;
        ProcessIdentity identity = (ProcessIdentity)Single(new ProcessIdentityAttribute().Transform(null!, value));
        if (identity.Value is HandleProcess process)
        {
            session?.CheckOwn(process);
            return process;
        }

        session ??= SessionStore.Here.Current;
        return identity.Value is long id and >= 0 and <= int.MaxValue
            ? session.GetProcess((int)id)
            : session.GetProcess(Convert.ToString(identity.Value, CultureInfo.InvariantCulture)!);
    }

    /// <summary>Returns the processes that were given or named; null for null. A pattern may match none.</summary>
    internal static HashSet<HandleProcess>? Processes(object? value, HandleSession session)
    {
        if (value is null)
            return null;
        object identities = new ProcessIdentityAttribute().Transform(null!, value);
        return [.. (identities as ProcessIdentity[] ?? [(ProcessIdentity)identities]).SelectMany(Find)];

        IEnumerable<HandleProcess> Find(ProcessIdentity identity)
        {
            if (!identity.IsPattern)
            {
                return identity.Value is string literal ? session.FindProcesses(WildcardPattern.Unescape(literal)) : [Process(identity, session)!];
            }

            WildcardPattern pattern = NamePattern.Parse((string)identity.Value);
            return session.GetProcesses().Where(process => process.Name is { } name && pattern.IsMatch(name));
        }
    }

    /// <summary>Returns an object without what PowerShell adds to it.</summary>
    internal static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapper ? wrapper.BaseObject : value;

    private static object Single(object identities) => identities switch
    {
        IList { Count: 1 } list => list[0]!,
        IList list => throw Several(list),
        _ => identities,
    };

    /// <summary>Returns the only item of a list, which may be in a list itself, or else the object.</summary>
    private static object? Item(object? given)
    {
        object? item = Unwrap(given);
        while (item is IList { Count: 1 } list)
            item = Unwrap(list[0]);
        return item;
    }

    private static MisuseException Several(IList list) =>
        new($"{list.Count} objects were given, but the assertion is about one. Assert on each of them, for example with -ForEach.");
}

/// <summary>Is thrown for what an assertion cannot judge.</summary>
internal sealed class MisuseException(string message) : Exception(message);
