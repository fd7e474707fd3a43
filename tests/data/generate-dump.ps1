#Requires -Version 7.4

<#
.SYNOPSIS
    Writes a dump such as binder_logs/state, of any size, from a seed.

.DESCRIPTION
    Makes up processes, nodes and references, plays their lives (references are taken at the lowest unused handle and dropped again,
    processes exit and leave dead nodes), and writes what the driver would print. The same parameters give the same bytes.

    In a dump of this script every reference has its node, every living node its owner, the proc lists and counts of the nodes fit the
    references, and no handle is there twice: a reader has nothing to complain about, however large the dump is.

.PARAMETER Path
    The file to write. One that is there is replaced.

.PARAMETER Processes
    How many processes there are in each context, the manager included. The second context has the same pids, but for its
    manager's.

.PARAMETER References
    About how many references there are in all.

.PARAMETER Seed
    The beginning of the random numbers.

.PARAMETER Form
    The driver whose form is written: C or Rust.

.PARAMETER OldKernel
    Writes as kernels before 4.14 did: no context lines, so that all is in one context; no pri and tr; short thread lines. C only.

.PARAMETER RustRunOn
    Writes as those builds of the Rust driver did that forgot the line feed behind a reference. Rust only.

.PARAMETER Contexts
    1 for binder, 2 for binder and hwbinder, which have their own managers.

.PARAMETER DeadNodes
    How many processes have exited and left nodes that others still hold.

.PARAMETER VendorNames
    Writes the processes' names behind their pids, as some vendors' kernels do.

.PARAMETER Crlf
    Ends lines as Windows does.

.PARAMETER Bom
    Begins the file with the byte order mark of UTF-8.

.EXAMPLE
    ./generate-dump.ps1 -Path state.txt -Processes 200 -References 20000 -Seed 1 -Contexts 2 -DeadNodes 3

    A busy phone's state.

.EXAMPLE
    ./generate-dump.ps1 -Path large.txt -Processes 300 -References 300000 -Form Rust -RustRunOn

    A large state of a Rust driver whose references run on.

.OUTPUTS
    System.IO.FileInfo: the file.
#>
[CmdletBinding()]
[OutputType([System.IO.FileInfo])]
param(
    [Parameter(Mandatory, Position = 0)]
    [ValidateNotNullOrEmpty()]
    [string] $Path,

    [ValidateRange(2, 30000)]
    [int] $Processes = 100,

    [ValidateRange(0, 20000000)]
    [int] $References = 10000,

    [int] $Seed = 1,

    [ValidateSet('C', 'Rust')]
    [string] $Form = 'C',

    [switch] $OldKernel,

    [switch] $RustRunOn,

    [ValidateSet(1, 2)]
    [int] $Contexts = 1,

    [ValidateRange(0, 1000)]
    [int] $DeadNodes = 0,

    [switch] $VendorNames,

    [switch] $Crlf,

    [switch] $Bom
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

if ($RustRunOn -and $Form -ne 'Rust') {
    throw '-RustRunOn is a form of the Rust driver: add -Form Rust.'
}

if ($OldKernel -and ($Form -eq 'Rust' -or $Contexts -ne 1)) {
    throw '-OldKernel is a form of the C driver and has one context: leave -Form and -Contexts out.'
}

# A million references are too many for PowerShell's own loops, so the work is done in C#. The numbers come from a generator of its
# own, as that of System.Random may change with the runtime.
if (-not ('HandlePoolTestData.DumpGenerator' -as [type])) {
    Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.IO;

namespace HandlePoolTestData
{
    public sealed class DumpGenerator
    {
        private sealed class Node
        {
            public int Id;
            public ulong Pointer;
            public ulong Cookie;
            public Process Owner;
            public bool IsManagers;
            public readonly List<Reference> Holders = new List<Reference>();
        }

        private sealed class Reference
        {
            public int Id;
            public int Handle;
            public int Strong;
            public int Weak;
            public uint Death;
            public Node Node;
            public Process Process;
        }

        private sealed class Process
        {
            public int Id;
            public string Name;
            public string Context;
            public readonly List<Node> Nodes = new List<Node>();
            public readonly SortedDictionary<int, Reference> References = new SortedDictionary<int, Reference>();
            public readonly HashSet<Node> Held = new HashSet<Node>();
            public readonly SortedSet<int> Free = new SortedSet<int>();
            public int Next = 1;
        }

        private static readonly string[] Words =
            { "camera", "mail", "maps", "music", "notes", "phone", "photos", "settings", "video", "weather" };

        private readonly List<Process> _processes = new List<Process>();
        private readonly List<Node> _dead = new List<Node>();
        private ulong _state;
        private int _lastId;

        public int Processes;
        public int References;
        public int Seed;
        public int Contexts;
        public int Exits;
        public bool IsRust;
        public bool IsOld;
        public bool RunsOn;
        public bool HasNames;

        public void Write(TextWriter writer)
        {
            _state = (ulong)(uint)Seed + 1;
            for (int context = 0; context < Contexts; context++)
                Populate(context == 0 ? "binder" : "hwbinder", context);
            if (IsRust)
                WriteRust(writer);
            else
                WriteC(writer);
        }

        // SplitMix64.
        private ulong NextUInt64()
        {
            _state += 0x9E3779B97F4A7C15UL;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }

        private int Next(int limit) { return (int)(NextUInt64() % (ulong)limit); }

        private int NextId() { return _lastId += 1 + Next(3); }

        private void Populate(string context, int index)
        {
            Process manager = Add(context, 500 + index, index == 0 ? "servicemanager" : "hwservicemanager");
            Node managersNode = AddNode(manager);
            managersNode.IsManagers = true;
            managersNode.Pointer = managersNode.Cookie = 0;
            Process server = null;
            List<Process> all = new List<Process>();
            List<Process> exiting = new List<Process>();
            for (int i = 1; i < Processes + Exits; i++)
            {
                bool isServer = i == 1;
                Process process = Add(context, 700 + (i * 7), isServer ? "system_server" : "com.example." + Words[i % Words.Length] + i);
                Hold(process, managersNode);
                (i >= Processes ? exiting : all).Add(process);
                if (isServer)
                    server = process;
            }

            // Half of the references are of the apps to the server, a third of the server to the apps, the others among apps.
            int wanted = (References / Contexts) - all.Count;
            List<Node> shared = new List<Node>();
            for (int i = 0; i < wanted; i++)
            {
                Process app = all[Next(all.Count)];
                Process other = all[Next(all.Count)];
                int kind = Next(6);
                Process holder = kind < 3 ? app : kind < 5 ? server : other;
                Process owner = kind < 3 ? server : app;
                if (holder == owner)
                    holder = manager;
                Node node;
                if (shared.Count > 0 && Next(4) == 0)
                {
                    node = shared[Next(shared.Count)];
                    if (node.Owner == holder || holder.Held.Contains(node))
                        node = AddNode(owner);
                }
                else
                {
                    node = AddNode(owner);
                }

                if (shared.Count < 500)
                    shared.Add(node);
                Hold(holder, node);
            }

            // Here and there one is dropped again, so that handles are missing in between; a node that nobody holds is gone.
            foreach (Process process in all)
            {
                foreach (Reference reference in new List<Reference>(process.References.Values))
                {
                    if (Next(40) == 0 && !reference.Node.IsManagers)
                        Drop(reference);
                }
            }

            foreach (Process process in all)
                process.Nodes.RemoveAll(node => node.Holders.Count == 0);

            foreach (Process process in exiting)
            {
                for (int i = 0; i < 3; i++)
                    Hold(i == 0 ? server : all[Next(all.Count)], AddNode(process));
                foreach (Reference reference in new List<Reference>(process.References.Values))
                    Drop(reference);
                foreach (Node node in process.Nodes)
                {
                    node.Owner = null;
                    _dead.Add(node);
                }

                _processes.Remove(process);
            }
        }

        private Process Add(string context, int id, string name)
        {
            Process process = new Process { Id = id, Name = name, Context = context };
            _processes.Add(process);
            return process;
        }

        private Node AddNode(Process owner)
        {
            ulong heap = 0xB400007000000000UL + ((ulong)owner.Id << 20);
            Node node = new Node { Id = NextId(), Owner = owner };
            node.Pointer = heap + ((ulong)Next(1 << 16) << 4);
            node.Cookie = heap + ((ulong)Next(1 << 16) << 4);
            owner.Nodes.Add(node);
            return node;
        }

        private Reference Hold(Process process, Node node)
        {
            int handle = 0;
            if (!node.IsManagers)
            {
                handle = process.Free.Count > 0 ? process.Free.Min : process.Next++;
                process.Free.Remove(handle);
            }

            bool isWeak = !node.IsManagers && Next(50) == 0;
            Reference reference = new Reference
            {
                Id = NextId(), Handle = handle, Node = node, Process = process, Strong = isWeak ? 0 : 1 + (Next(20) / 19), Weak = 1,
                Death = Next(3) == 0 ? (uint)NextUInt64() : 0,
            };
            process.References.Add(handle, reference);
            process.Held.Add(node);
            node.Holders.Add(reference);
            return reference;
        }

        private static void Drop(Reference reference)
        {
            reference.Process.References.Remove(reference.Handle);
            reference.Process.Held.Remove(reference.Node);
            reference.Node.Holders.Remove(reference);
            if (reference.Handle > 0)
                reference.Process.Free.Add(reference.Handle);
        }

        private void WriteC(TextWriter writer)
        {
            writer.Write("binder state:\n");
            if (_dead.Count > 0)
            {
                writer.Write("dead nodes:\n");
                foreach (Node node in _dead)
                    WriteCNode(writer, node);
            }

            for (int i = _processes.Count - 1; i >= 0; i--)
            {
                Process process = _processes[i];
                WriteHead(writer, process);
                for (int thread = 0; thread < 3; thread++)
                {
                    writer.Write(IsOld ? "  thread {0}: l {1}\n" : "  thread {0}: l {1} need_return 0 tr 0\n",
                        process.Id + thread, thread == 0 ? "12" : "11");
                }

                foreach (Node node in process.Nodes)
                    WriteCNode(writer, node);
                foreach (Reference reference in process.References.Values)
                {
                    WriteReference(writer, reference);
                    writer.Write(IsOld && reference.Death == 0 ? " d           (null)\n" : " d " + reference.Death.ToString("x16") + "\n");
                }

                writer.Write("  buffer {0}: 0 size {1}:0:0 delivered\n", NextId(), 4 + (4 * Next(60)));
            }
        }

        private void WriteCNode(TextWriter writer, Node node)
        {
            int strong = 0;
            foreach (Reference reference in node.Holders)
                strong += reference.Strong > 0 ? 1 : 0;
            int own = node.IsManagers ? 1 : 0;
            WriteNode(writer, node);
            if (!IsOld)
                writer.Write(" pri 0:139");
            writer.Write(" hs {0} hw 1 ls {1} lw {1} is {2} iw {3}", strong + own > 0 ? 1 : 0, own, strong, node.Holders.Count);
            if (!IsOld)
                writer.Write(" tr 0");
            WriteHolders(writer, node);
        }

        private void WriteRust(TextWriter writer)
        {
            writer.Write("binder state:\n");
            foreach (Process process in _processes)
            {
                WriteHead(writer, process);
                for (int thread = 0; thread < 3; thread++)
                    writer.Write("  thread {0}: l {1} need_return false\n", process.Id + thread, thread == 0 ? "12" : "11");
                foreach (Node node in process.Nodes)
                {
                    int strong = node.IsManagers ? 1 : 0;
                    int weak = 0;
                    foreach (Reference reference in node.Holders)
                    {
                        strong += reference.Strong;
                        weak += reference.Weak;
                    }

                    WriteNode(writer, node);
                    writer.Write(" hs {0} hw {1} cs {2} cw {3}", strong > 0 ? "true" : "false", weak > 0 ? "true" : "false", strong, weak);
                    WriteHolders(writer, node);
                }

                foreach (Reference reference in process.References.Values)
                {
                    WriteReference(writer, reference);
                    if (!RunsOn)
                        writer.Write('\n');
                }

                if (Next(2) == 0)
                    writer.Write("  buffer 0: 0 size {0} pid {1} oneway false allocated\n", 8 * (1 + Next(30)), process.Id);
                writer.Write('\n');
            }
        }

        private void WriteHead(TextWriter writer, Process process)
        {
            writer.Write("proc " + process.Id + (HasNames ? " (" + process.Name + ")\n" : "\n"));
            if (!IsOld)
                writer.Write("context " + process.Context + "\n");
        }

        private static void WriteNode(TextWriter writer, Node node)
        {
            writer.Write("  node " + node.Id + ": u" + node.Pointer.ToString("x16") + " c" + node.Cookie.ToString("x16"));
        }

        private static void WriteHolders(TextWriter writer, Node node)
        {
            for (int i = node.Holders.Count - 1; i >= 0; i--)
                writer.Write((i == node.Holders.Count - 1 ? " proc " : " ") + node.Holders[i].Process.Id);
            writer.Write('\n');
        }

        private static void WriteReference(TextWriter writer, Reference reference)
        {
            writer.Write("  ref " + reference.Id + ": desc " + reference.Handle +
                (reference.Node.Owner == null ? " dead node " : " node ") +
                reference.Node.Id + " s " + reference.Strong + " w " + reference.Weak);
        }
    }

    /// <summary>Writes line feeds as Windows ends lines.</summary>
    public sealed class CrlfWriter : StreamWriter
    {
        public CrlfWriter(string path, System.Text.Encoding encoding, int bufferSize) : base(path, false, encoding, bufferSize) { }

        public override void Write(string value) { base.Write(value == null ? null : value.Replace("\n", "\r\n")); }

        public override void Write(char value) { if (value == '\n') base.Write('\r'); base.Write(value); }

        public override void Write(string format, object arg0) { Write(string.Format(format, arg0)); }

        public override void Write(string format, object arg0, object arg1) { Write(string.Format(format, arg0, arg1)); }

        public override void Write(string format, params object[] args) { Write(string.Format(format, args)); }
    }
}
'@
}

$generator = [HandlePoolTestData.DumpGenerator]::new()
$generator.Processes = $Processes
$generator.References = $References
$generator.Seed = $Seed
$generator.Contexts = $Contexts
$generator.Exits = $DeadNodes
$generator.IsRust = $Form -eq 'Rust'
$generator.IsOld = $OldKernel
$generator.RunsOn = $RustRunOn
$generator.HasNames = $VendorNames

$file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
$encoding = [System.Text.UTF8Encoding]::new([bool] $Bom)
$writer = $Crlf ?
    [HandlePoolTestData.CrlfWriter]::new($file, $encoding, 1MB) :
    [System.IO.StreamWriter]::new($file, $false, $encoding, 1MB)
try {
    $generator.Write($writer)
}
finally {
    $writer.Dispose()
}

Get-Item -LiteralPath $file
