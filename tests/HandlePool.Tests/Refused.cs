namespace HandlePool.Tests;

/// <summary>Asserts that an operation is refused with the error that it should be refused with.</summary>
internal static class Refused
{
    internal static HandleException With(string errorId, Errno errno, Action operation)
    {
        HandleException exception = Assert.Throws<HandleException>(operation);
        Assert.Equal((errorId, errno), (exception.ErrorId, exception.Errno));
        return exception;
    }
}
