using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using HandlePool.IO;
using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>Writes a session as JSON, all that <see cref="SessionFileReader"/> needs to make another that goes on as this one would.</summary>
/// <remarks>
/// <para>The format is described in docs/session-format.md. One item stands on a line, so that two files can be compared by
/// line; the same session gives the same bytes each time. The text is streamed. Static and thread-safe.</para>
/// <para>While other threads work in the session, all but the handle tables is from one moment. Each process's table is from one
/// moment of its own shortly after it; references to nodes that were created in between are left out, and so are dead nodes whose
/// last hold was dropped in between.</para>
/// </remarks>
public static class SessionFileWriter
{
    /// <summary>Writes a file, whole or not at all: if that fails or is stopped, the file that was there is still there.</summary>
    /// <param name="path">The file, which is replaced if it exists.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It, or its folder, may not be written to.</exception>
    public static void WriteFile(string path, HandleSession session, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(session);
        AtomicFile.Write(path, stream => Write(stream, session, cancellationToken));
    }

    /// <summary>Writes to a stream, which is left open.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Write(Stream stream, HandleSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(session);
        using Output output = new(stream, cancellationToken);
        output.Write(session);
    }

    /// <summary>One writing, of one session to one stream.</summary>
    private sealed class Output : IDisposable
    {
        private const int FlushSize = 1 << 16;

        private readonly Stream _stream;
        private readonly CancellationToken _cancellationToken;
        private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushSize);
        private readonly Utf8JsonWriter _json;
        private readonly HashSet<TableNode> _heldDead = [];

        internal Output(Stream stream, CancellationToken cancellationToken)
        {
            _stream = stream;
            _cancellationToken = cancellationToken;

            // Lines are put together from pieces, each of which is no JSON text of its own.
            JsonWriterOptions options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            _json = new Utf8JsonWriter(_buffer, options);
        }

        public void Dispose() => _json.Dispose();

        internal void Write(HandleSession session)
        {
            SessionMoment moment = session.GetMoment();
            HandleProcess[] processes = [.. moment.Living, .. moment.Exited];
            Dictionary<HandleProcess, int> indexes = new(processes.Length);
            for (int index = 0; index < processes.Length; index++)
                indexes.Add(processes[index], index);

            WriteHead(session, moment);
            WriteItems("contexts"u8, moment.Contexts, context =>
            {
                _json.WriteString("name"u8, context.Name);
                WriteNumber("manager"u8, context.Manager?.Id);
            });
            WriteProcesses(processes, moment);
            WriteItems("nodes"u8, Array.FindAll(moment.Nodes, item => !item.IsDead || item.Node.IsKept || _heldDead.Contains(item.Node)), item =>
            {
                _json.WriteNumber("id"u8, item.Node.Id);
                _json.WriteString("name"u8, item.Node.Name);
                WriteNumber("owner"u8, item.Node.Owner is { } owner ? indexes[owner] : null);
                _json.WriteBoolean("isDead"u8, item.IsDead);
            });
            WriteItems("findings"u8, session.Findings, finding =>
            {
                _json.WriteString("kind"u8, finding.Kind.ToString());
                _json.WriteString("message"u8, finding.Message);
                _json.WriteString("path"u8, finding.Path);
                _json.WriteNumber("line"u8, finding.Line);
                WriteNumber("process"u8, finding.Process is { } process ? indexes[process] : null);
                WriteNumber("handle"u8, finding.Handle);
                WriteNumber("node"u8, finding.Node);
            });
            WriteItems("events"u8, moment.Events, each =>
            {
                _json.WriteNumber("sequence"u8, each.Sequence);
                WriteTime("time"u8, each.Time);
                _json.WriteNumber("process"u8, indexes[each.Process]);
                _json.WriteString("kind"u8, each.Kind.ToString());
                WriteNumber("fromCapacity"u8, each.FromCapacity);
                WriteNumber("toCapacity"u8, each.ToCapacity);
                WriteNumber("handle"u8, each.Handle);
                _json.WriteString("message"u8, each.Message);
            });
            _buffer.Write("\n}\n"u8);
            Flush();
        }

        /// <summary>What there is one of. It begins with what a reader must know first.</summary>
        private void WriteHead(HandleSession session, SessionMoment moment)
        {
            _json.WriteStartObject();
            _json.WriteString("format"u8, SessionDocument.FormatName);
            _json.WriteNumber("version"u8, SessionDocument.CurrentVersion);
            _json.WriteString("name"u8, session.Name);
            WriteTime("time"u8, session.Time);
            _json.WriteStartObject("options"u8);
            _json.WriteString("allocator"u8, session.Allocator.ToString());
            _json.WriteString("growthPolicy"u8, session.GrowthPolicy.ToString());
            _json.WriteString("shrinkPolicy"u8, session.ShrinkPolicy.ToString());
            _json.WriteNumber("maxCapacity"u8, session.MaxCapacity);
            _json.WriteNumber("eventCapacity"u8, session.Options.EventCapacity);
            _json.WriteString("allocationDelay"u8, session.AllocationDelay.ToString("c", CultureInfo.InvariantCulture));
            _json.WriteEndObject();
            _json.WriteNumber("highestProcessId"u8, moment.HighestProcessId);
            _json.WriteNumber("highestNodeId"u8, moment.HighestNodeId);
            _json.WriteNumber("eventsRecorded"u8, moment.EventsRecorded);
            EndPiece();
        }

        private void WriteProcesses(HandleProcess[] processes, SessionMoment moment)
        {
            StartItems("processes"u8);
            for (int index = 0; index < processes.Length; index++)
            {
                HandleProcess process = processes[index];
                bool isDead = index >= moment.Living.Length;
                TableEntry[] entries = process.Table.ToArray(out PoolRecord pool);
                StartItem(index);
                _json.WriteStartObject();
                _json.WriteNumber("id"u8, process.Id);
                _json.WriteString("context"u8, process.Context);
                _json.WriteString("name"u8, process.Name);
                _json.WriteBoolean("isDead"u8, isDead);
                _json.WriteStartObject("pool"u8);
                WriteNumber("capacity"u8, pool.Capacity);
                _json.WriteBoolean("capacityInferred"u8, pool.CapacityInferred);
                _json.WriteBoolean("isDisabled"u8, pool.IsDisabled);
                _json.WriteNumber("growCount"u8, pool.GrowCount);
                _json.WriteNumber("shrinkCount"u8, pool.ShrinkCount);
                _json.WriteNumber("discardedResizes"u8, pool.DiscardedResizes);
                _json.WriteNumber("discardedBytes"u8, pool.DiscardedBytes);
                _json.WriteNumber("lockAcquisitions"u8, pool.LockAcquisitions);
                _json.WriteNumber("waits"u8, pool.Waits);
                _json.WriteNumber("retries"u8, pool.Retries);
                _json.WriteEndObject();
                _json.WriteStartArray("references"u8);
                EndPiece();

                // A process that is about to exit is dead just before it drops its references.
                if (!isDead)
                    WriteReferences(entries, moment.HighestNodeId);
                _buffer.Write("]}"u8);
            }

            _buffer.Write("\n]"u8);
        }

        private void WriteReferences(TableEntry[] entries, long highestNodeId)
        {
            int count = 0;
            foreach (TableEntry entry in entries)
            {
                if (entry.Node.Id > highestNodeId)
                    continue;
                if (entry.Node.IsDead)
                    _heldDead.Add(entry.Node);
                StartItem(count++);
                _json.WriteStartArray();
                _json.WriteNumberValue(entry.Handle);
                _json.WriteNumberValue(entry.Node.Id);
                _json.WriteNumberValue(entry.Strong);
                _json.WriteNumberValue(entry.Weak);
                _json.WriteEndArray();
                EndPiece();
            }
        }

        private void WriteItems<T>(ReadOnlySpan<byte> name, IReadOnlyList<T> items, Action<T> write)
        {
            StartItems(name);
            for (int index = 0; index < items.Count; index++)
            {
                StartItem(index);
                _json.WriteStartObject();
                write(items[index]);
                _json.WriteEndObject();
                EndPiece();
            }

            _buffer.Write(items.Count > 0 ? "\n]"u8 : "]"u8);
        }

        private void StartItems(ReadOnlySpan<byte> name)
        {
            _buffer.Write(",\n\""u8);
            _buffer.Write(name);
            _buffer.Write("\":["u8);
        }

        private void StartItem(int index) => _buffer.Write(index > 0 ? ",\n"u8 : "\n"u8);

        private void WriteNumber(ReadOnlySpan<byte> name, long? value)
        {
            if (value is { } number)
                _json.WriteNumber(name, number);
            else
                _json.WriteNull(name);
        }

        private void WriteTime(ReadOnlySpan<byte> name, DateTimeOffset? time) =>
            _json.WriteString(name, time?.ToString("O", CultureInfo.InvariantCulture));

        /// <summary>Ends what the JSON writer was begun with, so that the next piece does not begin with a comma.</summary>
        private void EndPiece()
        {
            _json.Flush();
            _json.Reset();
            if (_buffer.WrittenCount >= FlushSize)
                Flush();
        }

        private void Flush()
        {
            _cancellationToken.ThrowIfCancellationRequested();
            _stream.Write(_buffer.WrittenSpan);
            _buffer.ResetWrittenCount();
        }
    }
}
