using System.Text;

namespace HandlePool.Benchmarks.Inputs;

/// <summary>Generates texts that are hard to read, or were, of any length.</summary>
internal static class InputKinds
{
    internal static readonly Dictionary<string, Func<int, IEnumerable<string>>> Texts = new()
    {
        ["references"] = n => Process(7, Many(n, i => $"  ref {i}: desc {i} node {9 * i} s 1 w 1 d 0")),
        ["references to one node"] = n => Process(7, Many(n, i => $"  ref {i}: desc {i} node 9 s 1 w 1 d 0")),
        ["references of one handle"] = n => Process(7, Many(n, i => $"  ref {i}: desc 1 node {9 * i} s 1 w 1 d 0")),
        ["handles far apart"] = n => Process(7, Many(n, i => $"  ref {i}: desc {(long)i * 30_000} node {i} s 1 w 1 d 0")),
        ["nodes"] = n => Process(7, Many(n, i => $"  node {i}: u{i:x16} c{i:x16} hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 8")),
        ["holders of one node"] = n => Process(7, [$"  node 1: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc {string.Join(' ', Many(n, i => $"{i}"))}"]),
        ["wrapped holders"] = n => Process(7, ["  node 1: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc", .. Many(n, i => $" {i}")]),
        ["processes"] = n => Many(n, i => $"proc {i}\ncontext binder"),
        ["processes of chosen pids"] = n => Many(n, i => $"proc {36_353 * i}\ncontext binder\n  ref {i}: desc 0 node {36_353L * i} s 1 w 1 d 0"),
        ["opens of one process"] = n => Many(n, i => $"proc 7\ncontext binder\n  ref {i}: desc 0 node {i} s 1 w 1 d 0"),
        ["contexts"] = n => Many(n, i => $"proc {i}\ncontext c{i}"),
        ["names alike"] = n => Many(n, i => $"proc {i} (app)\ncontext binder"),
        ["headings"] = n => Many(n, _ => "binder state:"),
        ["dead nodes"] = n => ["dead nodes:", .. Many(n, i => $"  node {i}: u00 c00 hs 1 hw 1 ls 0 lw 0 is 1 iw 1 tr 1 proc 8")],
        ["unknown lines"] = n => Process(7, Many(n, i => $"  what {i}")),
        ["broken lines"] = n => Process(7, Many(n, i => $"  ref {i}: desc")),
        ["lines of a log"] = n => Process(7, [.. Many(n, i => $"11-26 01:02:03.004 I tag{i}: text")]),
        ["refused sections"] = n => ["binder state:", .. Many(n, i => $"*** /d/binder/proc/{i}: Permission denied")],
        ["a wide process list"] = n => ["------ PROCESSES (ps) ------", $"USER PID {string.Join(' ', Many(n, _ => "x"))} NAME", .. Many(n, i => $"root {i} app{i}"), .. Process(7, [])],
        ["statistics"] = n => ["binder stats:", .. Many(n, i => $"proc {i}\ncontext binder\n  threads: 1\n  nodes: 3\n  refs: 2 s 2 w 2\n  BC_INCREFS: 4")],
        ["counters of one process"] = n => ["binder stats:", "proc 7", "context binder", .. Many(n, i => $"  BC_X{i}: 4")],
        ["one long line"] = n => [new string('x', 10 * n)],
        ["blank lines"] = n => Many(n, _ => ""),
    };

    /// <summary>Returns the text of a kind with so many lines, or parts of a line.</summary>
    internal static byte[] Encode(string kind, int count) => Encoding.UTF8.GetBytes(string.Join('\n', Texts[kind](count)) + "\n");

    private static IEnumerable<string> Process(int id, IEnumerable<string> lines) => ["binder state:", $"proc {id}", "context binder", .. lines];

    private static IEnumerable<string> Many(int count, Func<int, string> line) => Enumerable.Range(1, count).Select(line);
}
