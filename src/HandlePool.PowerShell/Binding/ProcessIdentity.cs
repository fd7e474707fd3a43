using System.Management.Automation;

namespace HandlePool.PowerShell.Binding;

/// <summary>Represents the value of a -Process parameter: a process, its name, or its pid.</summary>
public sealed class ProcessIdentity : Identity
{
    /// <summary>Initializes the identity of a process from its object.</summary>
    public ProcessIdentity(HandleProcess process)
        : base(process)
    {
    }

    /// <summary>Initializes the identity of a process from its name, or of several from a pattern.</summary>
    public ProcessIdentity(string name)
        : base(Check(name))
    {
    }

    /// <summary>Initializes the identity of a process from its pid.</summary>
    public ProcessIdentity(long id)
        : base(id)
    {
    }

    /// <summary>Returns this identity without escapes. Parameters that take patterns need them for wildcard characters in a name.</summary>
    internal ProcessIdentity Unescape() => Value is string name ? new ProcessIdentity(WildcardPattern.Unescape(name)) : this;
}

/// <summary>Converts values for parameters of type <see cref="ProcessIdentity"/>.</summary>
public sealed class ProcessIdentityAttribute : IdentityAttribute
{
    /// <summary>Gets or sets whether a reference, a notification or a message stands for its process, as it would by its property.</summary>
    /// <remarks>For cmdlets that take all else by the property's name. A refusal of each object would take longer than their work.</remarks>
    public bool TakesMembers { get; set; }

    private protected override string Kinds => "a process, a name or a pid";

    private protected override object? Identify(object value) => value switch
    {
        HandleProcess process => new ProcessIdentity(process),
        HandleReference reference when TakesMembers => new ProcessIdentity(reference.Process),
        HandleNotification notification when TakesMembers => new ProcessIdentity(notification.Process),
        HandleReturn message when TakesMembers => new ProcessIdentity(message.Process),
        string { Length: > 0 } name => new ProcessIdentity(name),
        ProcessIdentity => value,
        _ => ToNumber(value) is { } number ? new ProcessIdentity(number) : null,
    };

    private protected override Array NewArray(int length) => new ProcessIdentity[length];
}
