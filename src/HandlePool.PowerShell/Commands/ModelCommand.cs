using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using HandlePool.Analysis;
using HandlePool.PowerShell.Binding;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that runs operations of the model.</summary>
/// <remarks>Ctrl+C stops what observes <see cref="StopToken"/>. An operation that the model refuses is a non-terminating error.</remarks>
public abstract class ModelCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private bool? _mayAsk;
    private bool? _isVerbose;
    private int _changes;

    /// <summary>Gets the token that Ctrl+C cancels.</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <summary>Gets whether any operation, file or line was refused so far.</summary>
    private protected bool HasFailed { get; private set; }

    /// <summary>Gets whether ShouldProcess would ask or only say what would be done, because of a parameter or a preference variable.</summary>
    /// <remarks>ShouldProcess formats its message each time, which takes as long as everything else.</remarks>
    private protected bool MayAsk => _mayAsk ??= IsPreview || (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? asks)
        ? LanguagePrimitives.IsTrue(asks)
        : Preference("ConfirmPreference", ConfirmImpact.High) is var least and not ConfirmImpact.None
            && GetType().GetCustomAttribute<CmdletAttribute>()!.ConfirmImpact >= least);

    /// <summary>Gets whether ShouldProcess only says what would be done, because of -WhatIf or its preference variable.</summary>
    private protected bool IsPreview => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? isPreview)
        ? LanguagePrimitives.IsTrue(isPreview)
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>Gets whether verbose messages are shown, because of -Verbose or its preference variable.</summary>
    private protected bool IsVerbose => _isVerbose ??= MyInvocation.BoundParameters.TryGetValue("Verbose", out object? isVerbose)
        ? LanguagePrimitives.IsTrue(isVerbose)
        : Preference("VerbosePreference", ActionPreference.SilentlyContinue) is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (IsVerbose && !IsPreview && Summarize(_changes) is { } summary)
            WriteVerbose(summary);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Asks, where -WhatIf, -Confirm or a preference variable wants it, whether to go on.</summary>
    /// <remarks>ShouldProcess by itself would write a line for each object with -Verbose.</remarks>
    private protected bool MayChange(string target, string action) => !MayAsk || ShouldProcess(target, action);

    /// <inheritdoc cref="MayChange(string, string)"/>
    private protected bool MayChange([InterpolatedStringHandlerArgument("")] ref ChangeText target, string action) =>
        !MayAsk || ShouldProcess(target.ToStringAndClear(), action);

    /// <summary>Counts changes that were made, for <see cref="Summarize"/>.</summary>
    private protected void CountChanges(int changes = 1) => _changes += changes;

    /// <summary>Returns the sentence that -Verbose says at the end of the pipeline, or null for none.</summary>
    /// <param name="changes">The number of changes that were counted.</param>
    private protected virtual string? Summarize(int changes) => null;

    /// <summary>Writes the error of what was refused.</summary>
    private protected void Fail(ErrorRecord error)
    {
        HasFailed = true;
        WriteError(error);
    }

    /// <summary>Runs an operation and writes its error.</summary>
    /// <returns>Whether it succeeded: it was neither refused nor stopped.</returns>
    private protected bool Try(Action operation) => Try(static each => each(), operation);

    /// <summary>Runs an operation on an object and writes its error. A delegate that is kept needs no memory for each object.</summary>
    /// <returns>Whether it succeeded: it was neither refused nor stopped.</returns>
    private protected bool Try<T>(Action<T> operation, T argument)
    {
        try
        {
            InterruptibleDelay.Run(operation, argument, StopToken);
            return true;
        }
        catch (HandleException exception)
        {
            WriteError(Describe(exception));
        }
        catch (WildcardPatternException exception)
        {
            WriteError(ErrorRecords.BadPattern(exception));
        }
        catch (OperationCanceledException) when (Stopping)
        {
            return false;
        }

        HasFailed = true;
        return false;
    }

    /// <summary>Runs a query, writes its error, and returns null if it did not succeed.</summary>
    private protected T? Try<T>(Func<T> query)
        where T : class
    {
        T? result = null;
        Try(() => { result = query(); });
        return result;
    }

    /// <summary>Reads a baseline, if one is given. What is none ends the pipeline.</summary>
    private protected HandleBaseline? Read(BaselineSource? source)
    {
        try
        {
            return source?.Read(SessionState.Path);
        }
        catch (ArgumentException exception)
        {
            ThrowTerminatingError(ErrorRecords.BadBaseline(exception, source));
            throw;
        }
        catch (FileNotFoundException exception)
        {
            ThrowTerminatingError(ErrorRecords.PathNotFound(exception.FileName!));
            throw;
        }
        catch (RuntimeException exception)
        {
            ThrowTerminatingError(ErrorRecords.NotResolved(source!.ToString(), exception));
            throw;
        }
    }

    /// <summary>Returns the record of an error. Cmdlets that know more than the model override it to add advice.</summary>
    private protected virtual ErrorRecord Describe(HandleException exception) => ErrorRecords.For(exception);

    private T Preference<T>(string name, T ordinary) =>
        LanguagePrimitives.TryConvertTo(GetVariableValue(name), out T preference) ? preference : ordinary;

    /// <summary>Represents the text of what a cmdlet is about to change, which is formatted only if the user may be asked.</summary>
    [InterpolatedStringHandler]
    private protected ref struct ChangeText
    {
        private DefaultInterpolatedStringHandler _text;

        /// <summary>Initializes the text for a cmdlet, or ends it if nobody would read it.</summary>
        public ChangeText(int literalLength, int formattedCount, ModelCommand command, out bool isRead)
        {
            isRead = command.MayAsk;
            _text = isRead ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        /// <summary>Appends a part that is always the same.</summary>
        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        /// <summary>Appends a value.</summary>
        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        /// <summary>Returns the text, and gives its memory back.</summary>
        public string ToStringAndClear() => _text.ToStringAndClear();
    }
}
