namespace HandlePool.Gates;

/// <summary>Represents a value of a policy as it was given, with the line of the file on which it begins.</summary>
/// <param name="Value">
/// A <see cref="string"/>, a <see cref="double"/>, a <see cref="bool"/>, a <see cref="PolicyTable"/>, an array of nodes, a baseline, null, or a
/// <see cref="ForeignValue"/>.
/// </param>
/// <param name="Line">The line, from 1; null if it is from no file.</param>
internal sealed record PolicyNode(object? Value, long? Line);

/// <summary>Represents a table of a policy: its keys in order, each with the line that it is on.</summary>
internal sealed record PolicyTable(IReadOnlyList<(string Key, long? Line, PolicyNode Value)> Entries);

/// <summary>Represents a value that no policy has, by the words for it.</summary>
internal sealed record ForeignValue(string Description);
