namespace HandlePool.Dumps;

/// <summary>What becomes of the texts of a file, which is one itself, or, as an archive, has several.</summary>
internal interface IDumpTarget
{
    /// <summary>What the sessions may take.</summary>
    ModelBudget Budget { get; }

    /// <summary>What takes the lines of the text that begins.</summary>
    IncrementalDumpReader Begin(DumpPath path);

    /// <summary>The text has ended.</summary>
    /// <param name="collector">What <see cref="Begin"/> gave.</param>
    /// <param name="failure">Why not all of it could be read; null if it was.</param>
    /// <returns>Whether there was a dump in it.</returns>
    bool End(IncrementalDumpReader collector, string? failure);

    /// <summary>Something is wrong with the file, or with a part of it.</summary>
    void AddProblem(DumpPath path, string message);
}
