namespace HandlePool.Tests.Models;

/// <summary>Represents the outcome of an operation, on which model and library must agree: an error or a result.</summary>
internal readonly record struct Outcome(string? Error = null, long? Id = null, int? Handle = null, int? Strong = null, int? Weak = null,
    bool? Applied = null, int? FromCapacity = null, int? ToCapacity = null)
{
    /// <summary>The outcome of an operation that returns nothing.</summary>
    internal static readonly Outcome Nothing = new(Error: null);

    /// <summary>The outcome of a call with an argument out of range.</summary>
    internal static readonly Outcome OutOfRange = new(nameof(ArgumentOutOfRangeException));

    /// <summary>Returns the result or the error of an operation. Any other exception is unexpected and shown whole.</summary>
    internal static Outcome Of(Func<Outcome> operation)
    {
        try
        {
            return operation();
        }
        catch (HandleException exception)
        {
            return new Outcome(exception.ErrorId);
        }
        catch (ArgumentOutOfRangeException)
        {
            return OutOfRange;
        }
        catch (Exception exception)
        {
            return new Outcome(exception.ToString());
        }
    }

    internal static Outcome Of(HandleReference? reference) => reference is null
        ? Nothing
        : new Outcome(Id: reference.Node.Id, Handle: reference.Handle, Strong: reference.Strong, Weak: reference.Weak);

    internal static Outcome Of(HandlePoolResizeResult? result) => result is null
        ? Nothing
        : new Outcome(Applied: result.Applied, FromCapacity: result.FromCapacity, ToCapacity: result.ToCapacity);

    public override string ToString() =>
        Error ?? string.Join(", ", new (string Name, object? Value)[]
            {
                ("id", Id), ("handle", Handle), ("strong", Strong), ("weak", Weak), ("applied", Applied), ("from", FromCapacity), ("to", ToCapacity),
            }
            .Where(field => field.Value is not null)
            .Select(field => $"{field.Name} {field.Value}")
            .DefaultIfEmpty("nothing"));
}
