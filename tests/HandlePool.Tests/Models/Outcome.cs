namespace HandlePool.Tests.Models;

/// <summary>What came of an operation, for the model and for the library to agree on: an error and nothing else, or what was returned.</summary>
internal readonly record struct Outcome(string? Error = null, long? Id = null, int? Handle = null, int? Strong = null, int? Weak = null,
    bool? Applied = null, int? FromCapacity = null, int? ToCapacity = null)
{
    /// <summary>There was nothing to return, which is no error.</summary>
    internal static readonly Outcome Nothing = new(Error: null);

    /// <summary>Of a call with an argument that is out of its range.</summary>
    internal static readonly Outcome OutOfRange = new(nameof(ArgumentOutOfRangeException));

    /// <summary>What an operation returned or was refused with. Any other exception is one that nobody expects, and shown whole.</summary>
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
