namespace HandlePool.Conformance;

/// <summary>Represents a node as its owner knows it, by the messages that it has read.</summary>
/// <param name="Node">The node.</param>
/// <param name="IsHeld">Whether the owner knows that the node is held.</param>
/// <param name="IsStrong">Whether the owner knows that it is held strongly.</param>
internal sealed record ToldNode(HandleNode Node, bool IsHeld, bool IsStrong);
