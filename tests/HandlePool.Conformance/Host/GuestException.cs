namespace HandlePool.Conformance;

/// <summary>Represents a run that could not be made or finished: what is wrong, and what to do.</summary>
internal sealed class GuestException(string message, Exception? inner = null) : Exception(message, inner);
