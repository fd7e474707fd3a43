using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;
using HandlePool.PowerShell.Binding;

namespace HandlePool.PowerShell.Completion;

/// <summary>Represents the command line around the word: its parameter, session and processes.</summary>
/// <remarks>Pressing Tab creates nothing and never fails.</remarks>
internal sealed class CompletedLine
{
    private readonly string _commandName;
    private readonly string _parameterName;
    private readonly CommandAst _command;
    private readonly IDictionary _bound;
    private readonly PropertyInfo? _parameter;
    private readonly ContextFilter? _contexts;

    /// <summary>Initializes the line from the arguments of an argument completer.</summary>
    internal CompletedLine(string commandName, string parameterName, CommandAst command, IDictionary bound)
    {
        _commandName = commandName;
        _parameterName = parameterName;
        _command = command;
        _bound = bound;
        _parameter = FindCommand(commandName)?.GetProperty(parameterName);
        _contexts = FindContexts();
    }

    /// <summary>Gets whether the parameter takes patterns.</summary>
    internal bool AcceptsWildcards => _parameter?.IsDefined(typeof(SupportsWildcardsAttribute)) ?? false;

    /// <summary>Gets whether a name stands for one object. Remove cmdlets read any name but a pattern that way.</summary>
    internal bool TakesOne => _parameter is not { PropertyType.IsArray: true }
        || _commandName.StartsWith("Remove-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets whether the command creates processes, so that new contexts can be named.</summary>
    internal bool CreatesProcesses => string.Equals(_commandName, "New-HandleProcess", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets whether the command is for references, so that its process is a holder of nodes, not their owner.</summary>
    internal bool IsAboutReferences => _commandName.EndsWith("-HandleReference", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets whether the command adds references, so that nodes can be named that are not held yet.</summary>
    internal bool Adds => string.Equals(_commandName, "Add-HandleReference", StringComparison.OrdinalIgnoreCase);

    /// <summary>Gets whether the parameter takes exited processes, or their remaining nodes or faults.</summary>
    internal bool ShowsExited => Has("IncludeDead") || _parameterName == "Owner" || (Has("Dead") && !IsAboutReferences)
        || (_commandName.EndsWith("-HandleFault", StringComparison.OrdinalIgnoreCase) && _parameter is { PropertyType.IsArray: true });

    /// <summary>Gets whether the line names contexts.</summary>
    internal bool NamesContexts => _contexts is not null;

    /// <summary>Gets the sessions of this runspace. There may be none yet.</summary>
    internal static IReadOnlyList<HandleSession> Sessions => Runspace.DefaultRunspace is null ? [] : SessionStore.Here.GetExisting(out _);

    /// <summary>Returns whether the line has a switch.</summary>
    internal bool Has(string switchName) => ValueOf(switchName) is true or SwitchParameter { IsPresent: true };

    /// <summary>Returns whether a context is one that the line names, or the line names none.</summary>
    internal bool IsInContext(string? context) => _contexts is null || _contexts.Matches(context);

    /// <summary>Returns the session that the cmdlet would work in, or null if there is none or only running the line could tell.</summary>
    internal HandleSession? FindSession()
    {
        if (_bound.Contains("Session"))
        {
            return ValueOf("Session") switch
            {
                HandleSession { IsRemoved: false } session => session,
                string name => Sessions.FirstOrDefault(session => string.Equals(session.Name, name, StringComparison.OrdinalIgnoreCase)),
                _ => null,
            };
        }

        // -Session (Get-HandleSession x): nothing is run here, and the current session would be wrong.
        if (_command.CommandElements.OfType<CommandParameterAst>().Any(parameter => IsShortFor(parameter.ParameterName, "Session")))
            return null;
        foreach (object value in ValuesOf("Process").Concat(ValuesOf("Node")))
        {
            if (((value as HandleProcess)?.Session ?? (value as HandleNode)?.Session) is { } session)
                return session;
        }

        if (Runspace.DefaultRunspace is null)
            return null;
        SessionStore.Here.GetExisting(out HandleSession? current);
        return current;
    }

    /// <summary>Returns the existing processes that the line names with -Process.</summary>
    internal List<HandleProcess> FindProcesses()
    {
        List<HandleProcess> found = [];
        foreach (object value in ValuesOf("Process"))
        {
            if (value is HandleProcess given)
                found.Add(given);
            else if (FindSession() is { } session)
                found.AddRange(FindProcesses(session, value));
        }

        return found;
    }

    private static Type? FindCommand(string name) => Array.Find(typeof(CompletedLine).Assembly.GetTypes(), type =>
        type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet
        && string.Equals($"{cmdlet.VerbName}-{cmdlet.NounName}", name, StringComparison.OrdinalIgnoreCase));

    private static bool IsShortFor(string given, string parameterName) =>
        given.Length > 1 && parameterName.StartsWith(given, StringComparison.OrdinalIgnoreCase);

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    private HandleProcess[] FindProcesses(HandleSession session, object nameOrId)
    {
        string text = Convert.ToString(nameOrId, CultureInfo.InvariantCulture) ?? "";
        try
        {
            if (nameOrId is string && WildcardPattern.ContainsWildcardCharacters(text))
            {
                WildcardPattern wildcard = NamePattern.Parse(text);
                return Array.FindAll(session.GetProcesses(),
                    process => IsInContext(process.Context) && process.Name is { } name && wildcard.IsMatch(name));
            }

            HandleProcess[] named = nameOrId is int id ? session.FindProcesses(id) : session.FindProcesses(WildcardPattern.Unescape(text));
            return Array.FindAll(named, process => IsInContext(process.Context));
        }
        catch (Exception exception) when (exception is HandleException or WildcardPatternException)
        {
            return [];
        }
    }

    private ContextFilter? FindContexts()
    {
        string[] names = _parameterName == "Context" ? [] : [.. ValuesOf("Context").OfType<string>()];
        try
        {
            return names.Length == 0 ? null : new ContextFilter(names);
        }
        catch (WildcardPatternException)
        {
            return null;
        }
    }

    private object? ValueOf(string parameterName) => Unwrap(_bound[parameterName]);

    private IEnumerable<object> ValuesOf(string parameterName) => ValueOf(parameterName) switch
    {
        null => [],
        IList list => list.Cast<object?>().Select(Unwrap).OfType<object>(),
        object value => [value],
    };
}
