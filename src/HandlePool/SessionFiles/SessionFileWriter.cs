using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HandlePool.IO;
using HandlePool.Tables;

namespace HandlePool.SessionFiles;

/// <summary>Writes sessions as JSON, from which <see cref="SessionFileReader"/> builds a session that continues in the same way.</summary>
/// <remarks>
/// <para>The format is described in docs/session-format.md. Each item is on a line of its own, so that files can be compared line
/// by line. The same session always gives the same bytes. The text is streamed. Static and thread-safe.</para>
/// <para>What is written is the session at one moment, at which other threads wait until it is copied. Dead nodes that have just lost
/// their last reference are omitted.</para>
/// </remarks>
public static class SessionFileWriter
{
    /// <summary>Writes a file atomically: if that fails or is cancelled, an existing file stays as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">The session.</param>
    /// <param name="overwrite">Whether an existing file is replaced. Otherwise it stays, even if it is created during the writing.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    /// <exception cref="IOException">The file cannot be written, or exists and is not to be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file or its folder is denied.</exception>
    public static void WriteFile(string path, HandleSession session, bool overwrite = true, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(session);
        AtomicFile.Write(path, overwrite, stream => Write(stream, session, cancellationToken));
    }

    /// <summary>Writes to a stream, which is left open.</summary>
    /// <param name="stream">The destination.</param>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(Stream stream, HandleSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(session);
        using Output output = new(stream, cancellationToken);
        output.Write(session);
    }

    /// <summary>Writes one session to one stream.</summary>
    private sealed class Output : IDisposable
    {
        // Twice this is the buffer, which stays below the size from which arrays are collected only with all of the heap.
        private const int FlushSize = 1 << 15;

        private readonly Stream _stream;
        private readonly CancellationToken _cancellationToken;
        private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushSize);
        private readonly Utf8JsonWriter _json;
        private readonly HashSet<TableNode> _heldDead = [];

        internal Output(Stream stream, CancellationToken cancellationToken)
        {
            _stream = stream;
            _cancellationToken = cancellationToken;

            // Lines are made of pieces, which are not JSON texts by themselves.
            JsonWriterOptions options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            _json = new Utf8JsonWriter(_buffer, options);
        }

        public void Dispose() => _json.Dispose();

        internal void Write(HandleSession session)
        {
            SessionSnapshot snapshot = session.GetSnapshot(_cancellationToken);
            HandleProcess[] processes = [.. snapshot.Living, .. snapshot.Exited];
            Dictionary<HandleProcess, int> indexes = new(processes.Length);
            for (int index = 0; index < processes.Length; index++)
                indexes.Add(processes[index], index);

            WriteHead(session, snapshot);
            WriteItems("contexts"u8, snapshot.Contexts, SessionJson.Default.ContextDocument,
                context => new ContextDocument { Name = context.Name, Manager = context.Manager?.Id, ManagerUid = context.ManagerUid });
            WriteProcesses(processes, snapshot);
            WriteItems("nodes"u8, Array.FindAll(snapshot.Nodes, item => !item.IsDead || item.Node.IsKept || _heldDead.Contains(item.Node)),
                SessionJson.Default.NodeDocument, item => new NodeDocument
                {
                    Id = item.Node.Id,
                    Name = item.Node.Name,
                    Owner = item.Node.Owner is { } owner ? indexes[owner] : null,
                    IsDead = item.IsDead,
                    ListedHolders = item is { Node: ListedNode { Holders: { } holders }, IsDead: false } ? [.. holders] : [],
                });
            WriteStatistics(session.Statistics, indexes);
            WriteItems("findings"u8, session.Findings, SessionJson.Default.FindingDocument, finding => new FindingDocument
            {
                Kind = finding.Kind,
                Message = finding.Message,
                Path = finding.Path,
                Line = finding.Line,
                Process = finding.Process is { } process ? indexes[process] : null,
                Handle = finding.Handle,
                Node = finding.Node,
            });
            WriteItems("events"u8, snapshot.Events, SessionJson.Default.EventDocument, each => new EventDocument
            {
                Sequence = each.Sequence,
                Time = each.Time,
                Process = indexes[each.Process],
                Kind = each.Kind,
                FromCapacity = each.FromCapacity,
                ToCapacity = each.ToCapacity,
                Handle = each.Handle,
                Message = each.Message,
            });
            _buffer.Write("\n}\n"u8);
            Flush();
        }

        /// <summary>Writes the members before the lists. The first two are what a reader must know first.</summary>
        private void WriteHead(HandleSession session, SessionSnapshot snapshot)
        {
            _json.WriteStartObject();
            _json.WriteString("format"u8, SessionDocument.FormatName);
            _json.WriteNumber("version"u8, SessionDocument.CurrentVersion);
            _json.WriteString("name"u8, session.Name);
            _json.WritePropertyName("time"u8);
            JsonSerializer.Serialize(_json, session.Time, SessionJson.Default.NullableDateTimeOffset);
            _json.WritePropertyName("options"u8);
            JsonSerializer.Serialize(_json, new OptionsDocument
            {
                Driver = session.Driver,
                FreezeListenerLeak = session.FreezeListenerLeak,
                Allocator = session.Allocator,
                GrowthPolicy = session.GrowthPolicy,
                ShrinkPolicy = session.ShrinkPolicy,
                MaxCapacity = session.MaxCapacity,
                EventCapacity = session.Options.EventCapacity,
                AllocationDelay = session.AllocationDelay,
            }, SessionJson.Default.OptionsDocument);
            _json.WriteNumber("highestProcessId"u8, snapshot.HighestProcessId);
            _json.WriteNumber("highestNodeId"u8, snapshot.HighestNodeId);
            _json.WriteNumber("eventsRecorded"u8, snapshot.EventsRecorded);
            EndPiece();
        }

        private void WriteProcesses(HandleProcess[] processes, SessionSnapshot snapshot)
        {
            StartItems("processes"u8);
            for (int index = 0; index < processes.Length; index++)
            {
                HandleProcess process = processes[index];
                bool isDead = index >= snapshot.Living.Length;
                (TableEntry[] references, PoolRecord pool) = snapshot.Tables[index];
                StartItem(index);
                _json.WriteStartObject();
                _json.WriteNumber("id"u8, process.Id);
                _json.WriteString("context"u8, process.Context);
                _json.WriteString("name"u8, process.Name);
                if (process.Uid is { } uid)
                    _json.WriteNumber("uid"u8, uid);
                else
                    _json.WriteNull("uid"u8);
                _json.WriteNumber("openNumber"u8, process.OpenNumber);
                _json.WriteBoolean("isDead"u8, isDead);
                FreezeState freezeState = isDead ? FreezeState.Thawed : snapshot.FreezeStates.GetValueOrDefault(process);
                _json.WriteBoolean("isFrozen"u8, freezeState == FreezeState.Frozen);
                _json.WriteBoolean("isFreezing"u8, freezeState == FreezeState.Freezing);
                _json.WriteBoolean("isInferred"u8, !isDead && IsInferred(process, references.Length));
                _json.WritePropertyName("pool"u8);
                JsonSerializer.Serialize(_json, new PoolDocument(pool), SessionJson.Default.PoolDocument);
                _json.WriteStartArray("references"u8);
                EndPiece();

                // A process that is about to exit is dead just before it drops its references.
                if (!isDead)
                    WriteReferences(references);
                _buffer.Write("],"u8);
                WriteNotifications(snapshot.Notifications.GetValueOrDefault(process) ?? NotificationRecords.None);
            }

            _buffer.Write("\n]"u8);
        }

        /// <summary>Returns whether references are unknown. They are not if some are known and no statistics count more.</summary>
        private static bool IsInferred(HandleProcess process, int references) =>
            process.IsInferred && (references == 0 || process.Statistic?.Handles > references);

        private void WriteReferences(TableEntry[] references)
        {
            int count = 0;
            foreach (TableEntry entry in references)
            {
                if (entry.Node.IsDead)
                    _heldDead.Add(entry.Node);
                StartItem(count++);
                ReferenceConverter.Write(_json, new ReferenceDocument(entry.Handle, entry.Node.Id, entry.Strong, entry.Weak));
                EndPiece();
            }
        }

        private void WriteNotifications(NotificationRecords records)
        {
            _json.WriteStartArray("notifications"u8);
            foreach (NotificationRecord item in records.Items)
                JsonSerializer.Serialize(_json, new NotificationDocument(item), SessionJson.Default.NotificationDocument);
            _json.WriteEndArray();
            WriteNumbers("threadMessages"u8, records.ThreadMessages);
            _json.WritePropertyName("errorAfter"u8);
            JsonSerializer.Serialize(_json, records.ErrorAfter, SessionJson.Default.NullableInt32);
            WriteNumbers("messages"u8, records.Messages);
            WriteNumbers("delivered"u8, records.Delivered);
            _json.WriteEndObject();
            EndPiece();
        }

        private void WriteStatistics(HandleStatistics? statistics, Dictionary<HandleProcess, int> indexes)
        {
            if (statistics is null)
            {
                _buffer.Write(",\n\"statistics\":null"u8);
                return;
            }

            _buffer.Write(",\n\"statistics\":"u8);
            _json.WriteStartObject();
            _json.WritePropertyName("counters"u8);
            JsonSerializer.Serialize(_json, statistics.Counters, SessionJson.Default.HandleCounters);
            EndPiece();
            WriteItems("objects"u8, statistics.Objects, SessionJson.Default.ObjectCountDocument,
                each => new ObjectCountDocument { Kind = each.Kind, Active = each.Active, Total = each.Total });
            WriteItems("processes"u8, statistics.Processes, SessionJson.Default.StatisticDocument,
                each => new StatisticDocument(each.Record, each.Process is { } process && indexes.TryGetValue(process, out int index) ? index : null));
            _buffer.Write("}"u8);
        }

        private void WriteNumbers(ReadOnlySpan<byte> name, IReadOnlyList<int> numbers)
        {
            _json.WriteStartArray(name);
            foreach (int number in numbers)
                _json.WriteNumberValue(number);
            _json.WriteEndArray();
        }

        private void WriteItems<T, TDocument>(ReadOnlySpan<byte> name, IReadOnlyList<T> items, JsonTypeInfo<TDocument> type,
            Func<T, TDocument> convert)
        {
            StartItems(name);
            for (int index = 0; index < items.Count; index++)
            {
                StartItem(index);
                JsonSerializer.Serialize(_json, convert(items[index]), type);
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

        /// <summary>Resets the JSON writer, so that it does not begin the next piece with a comma.</summary>
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
