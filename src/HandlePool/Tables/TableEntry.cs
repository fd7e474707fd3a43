namespace HandlePool.Tables;

/// <summary>A reference as it was when the table's lock was held.</summary>
internal readonly record struct TableEntry(int Handle, TableNode Node, int Strong, int Weak);
