namespace HandlePool.Tables;

/// <summary>Represents a reference as it was while the table's lock was held.</summary>
internal readonly record struct TableEntry(int Handle, TableNode Node, int Strong, int Weak);
