namespace HandlePool.Generator;

/// <summary>Writes the driver's files: its state, its statistics and its logs of calls.</summary>
internal sealed class DriverSections(Device device)
{
    private const int LogEntries = 32;

    private readonly DeviceRelease _release = device.Options.Release;

    private IEnumerable<DeviceTable> Tables => device.Processes.SelectMany(process => process.Tables).OrderByDescending(table => table.Context).ThenByDescending(table => table.Process.Pid);

    /// <summary>Returns the sections in the order of dumpstate.</summary>
    internal IEnumerable<ReportSection> All()
    {
        yield return File("BINDER FAILED TRANSACTION LOG", "failed_transaction_log", WriteFailed);
        yield return File("BINDER TRANSACTION LOG", "transaction_log", WriteLog);
        yield return File("BINDER TRANSACTIONS", "transactions", WriteTransactions);
        yield return File("BINDER STATS", "stats", WriteStatistics);
        if (!_release.IsVendor)
        {
            yield return File("BINDER STATE", "state", WriteState);
            yield break;
        }

        // A vendor's script that prints the files of all processes, and does not know its variable.
        foreach (IGrouping<DeviceProcess, DeviceTable> process in Tables.GroupBy(table => table.Process))
        {
            yield return new ReportSection("BINDER STATE", "------ BINDER PROCESS STATE: $i ------\n", output => WriteProcess(output, process), "[BINDER PROCESS STATE: 0.1s elapsed]\n")
            {
                Refusal = $"*** {_release.Folder}/proc/{process.Key.Pid}: Permission denied\n",
            };
        }
    }

    /// <summary>Writes what a file of <c>proc</c> has.</summary>
    internal void WriteProcess(TextWriter output, IEnumerable<DeviceTable> tables)
    {
        output.Write("binder proc state:\n");
        foreach (DeviceTable table in tables)
            WriteTable(output, table);
    }

    internal void WriteState(TextWriter output)
    {
        output.Write("binder state:\n");
        DeviceNode[] dead = [.. device.DeadNodes.OrderBy(node => node.Id)];
        if (dead.Length > 0 && !_release.IsRust)
        {
            output.Write("dead nodes:\n");
            foreach (DeviceNode node in dead)
                WriteNode(output, node);
        }

        foreach (DeviceTable table in Tables)
            WriteTable(output, table);
    }

    private ReportSection File(string title, string file, Action<TextWriter> write) => ReportSection.OfCommand(_release, title, $"{_release.Folder}/{file}", write);

    private void WriteHead(TextWriter output, DeviceTable table) =>
        output.Write($"proc {table.Process.Pid}{(_release.IsVendor ? $" ({table.Process.Name})" : "")}\ncontext {table.Context}\n");

    private void WriteTable(TextWriter output, DeviceTable table)
    {
        WriteHead(output, table);
        for (int thread = 0; thread < 2; thread++)
            output.Write($"  thread {table.Process.Pid + thread}: l {(thread == 0 ? "12" : "11")} need_return {(_release.IsRust ? "false" : "0")} tr 0\n");
        foreach (DeviceNode node in table.Nodes.OrderBy(node => node.Id))
            WriteNode(output, node);
        foreach (DeviceReference held in table.References.Values)
        {
            output.Write($"  ref {held.Id}: desc {held.Handle} {(held.Node.IsDead ? "dead " : "")}node {held.Node.Id} s {held.Strong} w 1");
            output.Write(_release.IsRust ? "" : " d 0000000000000000\n");
        }

        if (_release.IsRust)
            output.Write("\n");
    }

    private void WriteNode(TextWriter output, DeviceNode node)
    {
        // Pointers that look like those of a process, in a form that says nothing.
        string pointer = $"{0xb400_0000_0000_0000UL + ((ulong)node.Id * 0x9E3779B1UL % 0x7f_ffff_ffffUL):x16}";
        int strong = node.Holders.Count(held => held.Strong > 0), weak = node.Holders.Count;
        string pids = weak == 0 ? "" : $" proc {string.Join(' ', node.Holders.Select(held => held.Table.Process.Pid))}";
        if (_release.IsRust)
        {
            output.Write($"  node {node.Id}: u{pointer} c{pointer} hs {(strong > 0 ? "true" : "false")} hw {(strong > 0 ? "true" : "false")} cs {strong} cw {weak}{pids}\n");
            return;
        }

        string priority = _release.Version >= 10 ? "pri 0:139 " : "", temporary = _release.Version >= 10 ? " tr 1" : "";
        int has = node.IsDead ? 0 : 1;
        output.Write($"  node {node.Id}: u{pointer} c{pointer} {priority}hs {(strong > 0 ? has : 0)} hw {has} ls 0 lw 0 is {strong} iw {weak}{temporary}{pids}\n");
    }

    /// <summary>Writes the statistics, in which all commands since the device started balance what is there.</summary>
    private void WriteStatistics(TextWriter output)
    {
        DeviceTable[] tables = [.. Tables];
        output.Write("binder stats:\n");
        Dictionary<string, long> all = [];
        foreach ((string name, long count) in tables.SelectMany(CommandsOf))
            all[name] = all.GetValueOrDefault(name) + count;
        foreach ((string name, long count) in all.Where(each => each.Value > 0))
            output.Write($"{name}: {count}\n");
        int references = tables.Sum(table => table.References.Count), nodes = tables.Sum(table => table.Nodes.Count) + device.DeadNodes.Count();
        if (!_release.IsRust)
        {
            output.Write($"proc: active {tables.Length} total {tables.Length + device.Ended.Count()}\nthread: active {2 * tables.Length} total {3 * tables.Length}\n"
                + $"node: active {nodes} total {Math.Max(nodes, tables.Sum(table => table.Taken.Nodes))}\nref: active {references} total {Math.Max(references, tables.Sum(table => table.Taken.References))}\n"
                + $"transaction: active 0 total {all["BC_TRANSACTION"]}\ntransaction_complete: active 0 total {all["BC_TRANSACTION"]}\n");
        }

        foreach (DeviceTable table in tables)
        {
            WriteHead(output, table);
            int count = table.References.Count, strong = table.References.Values.Count(held => held.Strong > 0);
            output.Write($"  threads: 2\n  requested threads: 0+1/15\n  ready threads 2\n  free {(_release.IsRust ? "oneway space:" : "async space")} 520192\n  nodes: {table.Nodes.Count}\n"
                + $"  refs: {count} s {strong} w {count}\n  buffers: 0\n");
            if (!_release.IsRust)
                output.Write("  pages: 0:2:252\n  pages high watermark: 2\n");
            output.Write(_release.IsRust ? "  outstanding transactions: 0\n" : "  pending transactions: 0\n");
            foreach ((string name, long number) in CommandsOf(table).Where(each => each.Count > 0))
                output.Write($"  {name}: {number}\n");
        }
    }

    private static IEnumerable<(string Name, long Count)> CommandsOf(DeviceTable table)
    {
        int count = table.References.Count, strong = table.References.Values.Count(held => held.Strong > 0);
        int dropped = Math.Max(0, table.Taken.References - count);
        return
        [
            ("BC_TRANSACTION", (7 * table.Taken.References) + 5), ("BC_REPLY", 4 * table.Taken.Nodes), ("BC_FREE_BUFFER", 9 * table.Taken.References),
            ("BC_INCREFS", dropped + count), ("BC_ACQUIRE", dropped + strong), ("BC_RELEASE", dropped), ("BC_DECREFS", dropped), ("BC_ENTER_LOOPER", 2),
        ];
    }

    private void WriteTransactions(TextWriter output)
    {
        output.Write("binder transactions:\n");
        foreach (DeviceTable table in Tables.Where(table => table is { Context: DeviceProcess.Binder, IsManager: false }).Take(5))
        {
            WriteHead(output, table);
            if (table.References.Values.FirstOrDefault(held => held.Handle > 0 && !held.Node.IsDead) is not { } held)
                continue;
            string call = $"    outgoing transaction {held.Id + 1_000_000}:", from = $"from {table.Process.Pid}:{table.Process.Pid + 1} to {held.Node.Table.Process.Pid}";
            output.Write(_release.IsRust ? $"{call} {from} code 3 flags 10 elapsed 12ms node {held.Node.Id} size 84:0\n"
                : $"{call} 0000000000000000 {from}:0 code 3 flags 10 pri 0:120 r1{(_release.Version >= 14 ? " elapsed 12ms" : "")}\n");
            output.Write(_release.IsRust ? $"  buffer {held.Id + 9}: 0 size 108 pid {table.Process.Pid} oneway false allocated\n"
                : $"  buffer {held.Id + 9}: 0000000000000000 size 108:8:0 {(held.Id % 2 == 0 ? "delivered" : "active")}\n");
        }
    }

    private void WriteLog(TextWriter output)
    {
        foreach (DeviceReference held in Tables.SelectMany(table => table.References.Values).Where(held => held.Handle > 0 && !held.Node.IsDead).TakeLast(LogEntries))
        {
            DeviceProcess from = held.Table.Process, to = held.Node.Table.Process;
            output.Write($"{held.Id + 1_000_000}: {(held.Id % 3 == 0 ? "async" : "call ")} from {from.Pid}:{from.Pid + 1} to {to.Pid}:0 context {held.Table.Context} "
                + $"node {held.Node.Id} handle {held.Handle} size 108:8{(_release.Version >= 10 ? " ret 0/0 l=0" : "")}\n");
        }
    }

    private void WriteFailed(TextWriter output)
    {
        foreach (DeviceProcess process in device.Processes.TakeLast(4))
            output.Write($"{process.Pid + 2_000_000}: call  from {process.Pid}:{process.Pid + 1} to 0:0 context binder node 0 handle 0 size 0:0 ret 29189/-22 l=3102\n");
    }
}
