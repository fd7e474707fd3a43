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
        ["kinds of objects"] = n => ["binder stats:", .. Many(n, i => $"k{i}: active 1 total 2"), "proc 5", "context binder", "  refs: 1 s 1 w 1"],
        ["kills in a log"] = n => [.. Process(7, []), "------ EVENT LOG (logcat) ------", .. Many(n, i => $"01-01 09:00:00.250 1754 1822 I ActivityManager: Killing {i}:a{i}/u0a{i} (adj 1): Too many Binders sent to SYSTEM")],
        ["a histogram in a log"] = n => [.. Process(7, []), "------ SYSTEM LOG (logcat) ------", .. Many(n, i => $"01-01 09:00:00.250 1754 1822 E Binder: #{i}: a.b{i} x{i}")],
        ["full tables in a log"] = n => [.. Process(7, []), "------ SYSTEM LOG (logcat) ------", .. Many(n, i => $"01-01 09:00:00.250 {i} 1822 F art: JNI ERROR (app bug): global reference table overflow (max=51200)\n01-01 09:00:00.250 {i} 1 F art: Summary:\n01-01 09:00:00.250 {i} 1 F art: 5 of c{i}")],
        ["a histogram and states"] = n => [.. Many(n, i => $"01-01 09:00:00.250 1754 1822 E Binder: #{i}: a.b{i} x{i}"), .. Many(n, _ => "binder state:\nproc 1754\ncontext binder")],
        ["counts of proxies"] = n => [.. Process(7, []), "ACTIVITY MANAGER BINDER PROXY STATE (dumpsys activity binder-proxies)", .. Many(n, i => $"#{i}: i{i} x{i}\nUID {i}, binder count = {i}, package(s)= a{i}; b{i};")],
        ["exit records"] = n => [.. Process(7, []), "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)", .. Many(n, i => $"ApplicationExitInfo #{i}:\ntimestamp=2026-01-01 09:00:00.000 pid={i} realUid={i} process=a{i} reason=9 (X) subreason=29 (Y) description=d")],
        ["memory reports"] = n => [.. Process(7, []), .. Many(n, i => $"** MEMINFO in pid {i} [a{i}] **\nLocal Binders: {i} Proxy Binders: {i}")],
        ["packages of one uid"] = n => ["------ PROCESSES (ps) ------", "USER PID NAME", .. Many(n, i => $"u0_a87 {i} a.b{i}.c"), .. Process(7, Many(n, i => $"proc {i}\ncontext binder")), "DUMP OF SERVICE package:", .. Many(n, i => $"Package [a.b{i}] (1):\nuserId=10087")],
        ["records of processes in one line"] = n => [.. Process(7, []), $"ACTIVITY MANAGER X {string.Join(' ', Many(n, i => $"ProcessRecord{{1 {i}:a{i}/u0a{i}}}"))}"],
        ["services and clients"] = n => [.. Process(7, []), $"Found {n} services:", .. Many(n, i => $"{i}\ts{i}: [d{i}]"), $"Client PIDs: {string.Join(", ", Many(n, i => $"{i}"))}"],
        ["hardware services"] = n => [.. Process(7, []), "------ HARDWARE HALS (lshal) ------", "Interface Thread Use Transport Arch Server Clients", .. Many(n, i => $"a.b@1.0::I{i}/default 0/3 hwbinder 64 {i} 1 2 3")],
        ["transactions"] = n => [.. Process(7, []), "binder transactions:", .. Many(n, i => $"proc {i}\n  outgoing transaction {i}: 0 from {i}:1 to 2:0 code 1\n  buffer {i}: 0 size 8:0:0 delivered")],
        ["missing services"] = n => [.. Process(7, []), .. Many(n, i => $"Can't find service: activity{i}")],
        ["one long line"] = n => [new string('x', 10 * n)],
        ["blank lines"] = n => Many(n, _ => ""),
    };

    /// <summary>Returns the text of a kind with so many lines, or parts of a line.</summary>
    internal static byte[] Encode(string kind, int count) => Encoding.UTF8.GetBytes(string.Join('\n', Texts[kind](count)) + "\n");

    private static IEnumerable<string> Process(int id, IEnumerable<string> lines) => ["binder state:", $"proc {id}", "context binder", .. lines];

    private static IEnumerable<string> Many(int count, Func<int, string> line) => Enumerable.Range(1, count).Select(line);
}
