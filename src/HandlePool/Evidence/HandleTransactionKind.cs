namespace HandlePool;

/// <summary>Identifies what a process sends another one through the driver.</summary>
public enum HandleTransactionKind
{
    /// <summary>A call whose thread waits for the reply.</summary>
    Call,

    /// <summary>The reply to a call.</summary>
    Reply,

    /// <summary>A call that no thread waits for; the driver's logs call it <c>async</c>.</summary>
    OneWay,

    /// <summary>A buffer of which the dump does not tell what was sent in it.</summary>
    Buffer,
}
