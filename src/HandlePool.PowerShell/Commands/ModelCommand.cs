using System.Management.Automation;
using HandlePool.PowerShell.Errors;

namespace HandlePool.PowerShell;

/// <summary>Represents a cmdlet that runs operations of the model.</summary>
/// <remarks>Ctrl+C stops what observes <see cref="StopToken"/>. An operation that the model refuses is a non-terminating error.</remarks>
public abstract class ModelCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Gets the token that Ctrl+C cancels.</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    /// <summary>Gets whether any operation was refused so far.</summary>
    private protected bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Runs an operation and writes its error.</summary>
    /// <returns>Whether it succeeded: it was neither refused nor stopped.</returns>
    private protected bool Try(Action operation)
    {
        try
        {
            operation();
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

    /// <summary>Returns the record of an error. Cmdlets that know more than the model override it to add advice.</summary>
    private protected virtual ErrorRecord Describe(HandleException exception) => ErrorRecords.For(exception);
}
