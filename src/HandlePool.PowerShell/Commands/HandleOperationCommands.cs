using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Completion;
using HandlePool.PowerShell.Errors;
using HandlePool.PowerShell.Views;
using HandlePool.Text;
using HandlePool.Traces;
using Microsoft.CSharp.RuntimeBinder;
using Binder = Microsoft.CSharp.RuntimeBinder.Binder;

namespace HandlePool.PowerShell;

/// <summary>Gets the operations on a session created with -Record, as rows that Invoke-HandleOperation replays.</summary>
[Cmdlet(VerbsCommon.Get, "HandleOperation")]
[OutputType(typeof(HandleOperation))]
public sealed class GetHandleOperationCommand : SessionCommand
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        HandleSession session = GetSession();
        if (session.IsRecorded())
            WriteObject(session.GetOperations(), enumerateCollection: true);
        else
            WriteError(ErrorRecords.NotRecorded(session));
    });
}

/// <summary>Runs the operations in rows on a session.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "HandleOperation", SupportsShouldProcess = true)]
[OutputType(typeof(HandleOperationResult))]
public sealed class InvokeHandleOperationCommand : SessionCommand
{
    // The getters of the columns, each compiled once for all rows of a type.
    private static readonly ConcurrentDictionary<string, CallSite<Func<CallSite, object, object?>>> Getters = [];

    private OperationPlayer? _player;
    private bool _isStopped;
    private long _left;

    /// <summary>The rows: operations, hashtables, or objects with columns as properties, such as those of Import-Csv; or traces.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    [Live]
    [ArgumentCompleter(typeof(NoCompleter))]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Stops at the first row that fails. The rows after it are not run.</summary>
    [Parameter]
    public SwitchParameter StopOnError { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject row in InputObject)
        {
            if (row.BaseObject is HandleTrace trace)
                Try(() => InvokeTrace(trace));
            else
                Play(row);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_left > 0)
            WriteWarning($"{_left} {(_left == 1 ? "row was" : "rows were")} not run.");
        base.EndProcessing();
    }

    /// <inheritdoc/>
    private protected override string? Summarize(int changes) => $"Invoked {Phrase.Count(changes, "operation")}.";

    /// <summary>Plays a trace. A session without processes starts from nothing, another from what it has.</summary>
    private void InvokeTrace(HandleTrace trace)
    {
        HandleSession session = GetSession();
        foreach (HandleOperation operation in TraceOperations.Of(trace, session.Processes > 0 ? session : null, StopToken))
            Play(PSObject.AsPSObject(operation));
    }

    private void Play(PSObject row)
    {
        if (_isStopped)
        {
            _left++;
            return;
        }

        _player ??= Try(() => new OperationPlayer(GetSession()));
        if (_player is null)
            _isStopped = true;
        else if (!Stopping)
            Invoke(row, _player);
    }

    private void Invoke(PSObject row, OperationPlayer player)
    {
        HandleOperationResult result;
        try
        {
            HandleOperation operation = row.BaseObject as HandleOperation ?? OperationRow.Read(player.NextRow, name => ValueOf(row, name));
            if (MayAsk && !ShouldProcess(VisibleText.Of($"row {player.NextRow}: {Describe(operation)}"), "Invoke"))
            {
                player.Skip();
                return;
            }

            HandleSession session = GetSession();
            long mark = MarkEvents(session);
            result = player.Play(operation);
            CountChanges();
            WriteEvents(session, mark);
        }
        catch (HandleException exception)
        {
            result = player.Refuse(exception);
        }

        WriteObject(result);
        if (result.Error is not { } error)
            return;
        WriteError(ErrorRecords.ForRow(result.Row, error));
        _isStopped = StopOnError;
    }

    /// <summary>Returns the value of a column. An object of the model is replaced with its id or name.</summary>
    private static object? ValueOf(PSObject row, string name) => Column(row, name) switch
    {
        HandleNode node => node.Id,
        HandleProcess process => process.Name ?? (object)process.Id,
        null when name == nameof(HandleOperation.Id) => (Column(row, nameof(HandleOperation.Process)) as HandleProcess)?.Id,
        null when name == nameof(HandleOperation.Context) => (Column(row, nameof(HandleOperation.Process)) as HandleProcess)?.Context,
        null when name == nameof(HandleOperation.OpenNumber) => (Column(row, nameof(HandleOperation.Process)) as HandleProcess)?.OpenNumber,
        object other => other,
        null => null,
    };

    private static object? Column(PSObject row, string name)
    {
        object? value = row.BaseObject is IDictionary dictionary ? ValueOf(dictionary, name) : Property(row, name);

        // ConvertTo-Json writes a duration as an object.
        if (name == nameof(HandleOperation.Delay) && value is IDictionary or PSObject { BaseObject: PSCustomObject }
            && LanguagePrimitives.TryConvertTo(Column(PSObject.AsPSObject(value), nameof(TimeSpan.Ticks)), out long ticks))
        {
            return new TimeSpan(ticks);
        }

        // Every object has a Count of 1 in a script, also one without such a column.
        if (name == nameof(HandleOperation.Count) && value is 1 && row.BaseObject is not IDictionary && row.Properties[name] is null)
            return null;
        return value is PSObject wrapper ? wrapper.BaseObject : value;
    }

    private static object? ValueOf(IDictionary dictionary, string name)
    {
        // The keys of a hashtable literal ignore case, those of other dictionaries may not.
        foreach (DictionaryEntry entry in dictionary)
        {
            if (string.Equals(entry.Key.ToString(), name, StringComparison.OrdinalIgnoreCase))
                return entry.Value;
        }

        return null;
    }

    /// <summary>Returns a property as a script does, which is twenty times faster than a lookup in Properties.</summary>
    private static object? Property(PSObject row, string name)
    {
        try
        {
            CallSite<Func<CallSite, object, object?>> getter = Getters.GetOrAdd(name, CreateGetter);
            return getter.Target(getter, row);
        }
        catch (PropertyNotFoundException)
        {
            return null; // Thrown in strict mode only.
        }
    }

    private static CallSite<Func<CallSite, object, object?>> CreateGetter(string name) => CallSite<Func<CallSite, object, object?>>.Create(
        Binder.GetMember(CSharpBinderFlags.None, name, typeof(InvokeHandleOperationCommand),
            [CSharpArgumentInfo.Create(CSharpArgumentInfoFlags.None, name: null)]));

    private static string Describe(HandleOperation operation)
    {
        string text = operation.Operation.ToString();
        if (operation.Process is not null || operation.Id is not null)
            text += $" {operation.Process ?? $"{operation.Id}"}";
        if (operation.Node is not null)
            text += $" node {operation.Node}";
        if (operation.Handle is not null)
            text += $" handle {operation.Handle}";
        if (operation.Fault is not null)
            text += $" fault {operation.Fault}";
        if (operation.Direction is not null)
            text += operation.Direction == ResizeDirection.Grow ? " for growing" : " for shrinking";
        if (operation.Delay is not null)
            text += $" by {operation.Delay}";
        if (operation.After is not null)
            text += $" after {operation.After}";
        if (operation.Kind is not null)
            text += $" kind {operation.Kind}";
        if (operation.Cookie is not null)
            text += $" cookie {operation.Cookie}";
        return $"{text}{(operation.Count is null ? "" : $" count {operation.Count}")}{(operation.Weak ? " weak" : "")}";
    }
}
