namespace HandlePool.Tests;

/// <summary>Asserts that an operation is refused with the expected error.</summary>
internal static class Refused
{
    internal static HandleException With(string errorId, Errno errno, Action operation)
    {
        HandleException exception = Assert.Throws<HandleException>(operation);
        Assert.Equal((errorId, errno), (exception.ErrorId, exception.Errno));
        return exception;
    }
}
