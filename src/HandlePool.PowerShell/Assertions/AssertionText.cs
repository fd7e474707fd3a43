using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.Text;

namespace HandlePool.PowerShell.Assertions;

/// <summary>Builds the recurring parts of the messages of assertions: lists of handles, and commands to run next.</summary>
internal static class AssertionText
{
    private const int Few = 4;

    /// <summary>Returns a process with its pid and context.</summary>
    internal static string Title(HandleProcess process) => $"{process} ({process.Id}, {VisibleText.Name(process.Context)})";

    /// <summary>Returns why there may be more handles than sessions show, as a sentence; null if all are shown.</summary>
    internal static string? Doubt(params HandleSession[] sessions) => sessions.Select(session => IncompleteState.WhyLeast(session) is { } why
        ? $"Session '{session}' may have more handles than it shows: {why}."
        : null).OfType<string>().FirstOrDefault();

    /// <summary>Returns a session by its name.</summary>
    internal static string Title(HandleSession session) => $"session '{session}'";

    /// <summary>Returns the first items, and the number of the others.</summary>
    internal static string Some<T>(IReadOnlyCollection<T> items, Func<T, string> describe)
    {
        string shown = string.Join(", ", items.Take(Few).Select(describe));
        return items.Count > Few ? $"{shown} and {items.Count - Few} more" : shown;
    }

    /// <summary>Returns a line for each of the first items, and one for the number of the others.</summary>
    internal static IEnumerable<string> SomeLines<T>(IReadOnlyCollection<T> items, Func<T, string> describe, string one, string? many = null)
    {
        foreach (T item in items.Take(Few))
            yield return describe(item);
        if (items.Count > Few)
            yield return $"and {Phrase.Count(items.Count - Few, $"more {one}", $"more {many ?? one + "s"}")}";
    }

    /// <summary>Returns references by handle, with node and owner, such as <c>5 (audio of server)</c>.</summary>
    internal static string Handles(IReadOnlyCollection<HandleReference> references) => Some(references, Describe);

    /// <summary>Returns a reference by its handle, with node and owner.</summary>
    internal static string Describe(HandleReference reference)
    {
        string owner = (reference.OwnerName, reference.IsDead) switch
        {
            (null, false) => "",
            (null, true) => ", dead",
            ({ } name, false) => $" of {name}",
            ({ } name, true) => $" of {name}, dead",
        };
        return $"{reference.Handle} ({(reference.NodeName is { } node ? node : $"node {reference.NodeId}")}{owner})";
    }

    /// <summary>Returns handles as ranges, such as <c>handles 1 to 10, 12</c>.</summary>
    internal static string Ranges(IReadOnlyList<long> handles)
    {
        List<string> ranges = [];
        for (int first = 0, last; first < handles.Count; first = last + 1)
        {
            last = first;
            while (last + 1 < handles.Count && handles[last + 1] == handles[last] + 1)
                last++;
            if (last - first < 2)
                ranges.AddRange(handles.Skip(first).Take(last - first + 1).Select(handle => $"{handle}"));
            else
                ranges.Add($"{handles[first]} to {handles[last]}");
        }

        return $"{(handles.Count == 1 ? "handle" : "handles")} {Some(ranges, range => range)}";
    }

    /// <summary>Returns the line that says which commands show more.</summary>
    internal static string LookFurther(params string[] commands) => $"To look further: {string.Join("; ", commands)}";

    /// <summary>Returns a command with the arguments that stand for a process.</summary>
    /// <param name="command">The command, and the parameter for a name or a pid if it is not the first one.</param>
    /// <param name="process">The process.</param>
    internal static string For(string command, HandleProcess process)
    {
        HandleSession session = process.Session;
        string identity = process.Name is { } name && IsPlain(name) && session.GetProcesses().Count(each => each.Name == name) == 1
            ? $"{command} {name}"
            : $"{command} {process.Id}" + (session.GetProcesses().Count(each => each.Id == process.Id) > 1 ? $" -Context {Argument(process.Context)}" : "");
        return identity + In(session);
    }

    /// <summary>Returns the parameter that names a session, unless it is the current one.</summary>
    internal static string In(HandleSession session) => SessionStore.Here.IsCurrent(session) ? "" : $" -Session {Argument(session.Name)}";

    /// <summary>Returns a text as an argument of a command.</summary>
    internal static string Argument(string text) => IsPlain(text) ? text : $"'{VisibleText.Name(text).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Returns a pair of holder and owner.</summary>
    internal static string Pair(HandleUsage usage) => $"{usage.HolderName} -> {usage.OwnerName} ({VisibleText.Name(usage.Context)})";

    // What PowerShell takes as an argument without quotes.
    private static bool IsPlain(string text) => text.Length > 0 && text.Length <= VisibleText.LongestName && char.IsAsciiLetter(text[0])
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' or '/' or ':');
}
