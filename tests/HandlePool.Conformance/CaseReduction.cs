namespace HandlePool.Conformance;

/// <summary>
/// Finds the shortest part of a scenario that still differs, by playing parts of it on the same kernel. A boot costs as much as some thousand
/// steps, so that each guest plays many parts: the scenario without several pieces that turned out not to matter, alone and together, and the
/// shortest of these again without each of smaller pieces, in the hope that it differs.
/// </summary>
/// <param name="play">Plays scenarios, and returns which of them differ. Its cancellation ends the reduction.</param>
/// <param name="report">Takes the numbers of steps that are left, after each guest.</param>
internal sealed class CaseReduction(Func<IReadOnlyList<Scenario>, IReadOnlyList<bool>> play, Action<int> report)
{
    /// <summary>The steps that a guest may play in all, where that is enough for some pieces: as many as take no longer than its boot.</summary>
    private const int StepsOfGuest = 4000;

    private const int FewestPieces = 4;

    /// <summary>The most guests: a case that takes more is shown as it is by then.</summary>
    private const int MostGuests = 16;

    /// <summary>Gets the number of guests that it took.</summary>
    internal int Guests { get; private set; }

    /// <summary>Gets whether each step of the result is needed.</summary>
    internal bool IsShortest { get; private set; }

    /// <summary>Returns the shortest part that was found.</summary>
    /// <param name="scenario">The scenario, which differs.</param>
    /// <param name="lastStep">The line of the first difference: later steps do not matter. 0 if it is about the whole.</param>
    internal Scenario Reduce(Scenario scenario, int lastStep)
    {
        IEnumerable<string> relevant = lastStep > 0 ? scenario.Steps.Take(lastStep) : scenario.Steps;
        List<string> steps = [.. relevant.Where(step => step.Length > 0 && !step.StartsWith('#'))];
        try
        {
            Reduce(ref steps);
        }
        catch (OperationCanceledException)
        {
            // What was found so far is shown.
        }

        return new Scenario(scenario.Name, steps);
    }

    private void Reduce(ref List<string> steps)
    {
        List<int[]> free = [], pieces = [.. Kinds(steps)];

        // Of the pieces; 0 if they are kinds of steps.
        int size = 0;
        if (pieces.Count == 0)
            Cut(steps, SizeFor(steps.Count));
        while (Guests < MostGuests)
        {
            List<string> now = steps;
            List<List<string>> without = [.. Unions(free).Select(left => Without(now, left))];
            List<string> hope = without.Count > 0 ? without[0] : now;
            if (without.Count > 0)
                Cut(hope, SizeFor(hope.Count));
            bool[] differs = [.. Play([.. without, .. pieces.Select(piece => Without(hope, piece))])];
            if (without.Count > 0 && !differs[0])
            {
                steps = without.Where((_, number) => differs[number]).MinBy(part => part.Count) ?? steps;
                free = [];
                Cut(steps, SizeFor(steps.Count));
                report(steps.Count);
                continue;
            }

            steps = hope;
            report(steps.Count);
            free = [.. pieces.Where((_, number) => differs[without.Count + number])];
            IsShortest = free.Count == 0 && size == 1;
            if (IsShortest)
                return;
            if (free.Count == 0)
                Cut(steps, size == 0 ? SizeFor(steps.Count) : Math.Max(1, size / 2));
        }

        void Cut(List<string> whole, int length) => (size, pieces) = (length, [.. Enumerable.Range(0, whole.Count).Chunk(length)]);
    }

    /// <summary>Returns how many parts of a number of steps a guest may play.</summary>
    private static int PartsFor(int count) => Math.Max(FewestPieces, StepsOfGuest / Math.Max(1, count));

    private static int SizeFor(int count) => Math.Max(1, (count + PartsFor(count) - 1) / PartsFor(count));

    /// <summary>Returns the pieces to begin with: all steps of a kind, or about a process, the largest first. A difference needs few of them.</summary>
    private static IEnumerable<int[]> Kinds(List<string> steps)
    {
        ILookup<string, int> byWord = steps.Select((step, number) => (Words: step.Split(' ', '.'), number))
            .SelectMany(step => step.Words.Distinct().Select(word => (word, step.number))).ToLookup(each => each.word, each => each.number);
        HashSet<string> known = [.. steps.Select(step => step.Split(' ')).SelectMany(words => words switch
        {
            ["process", var name, ..] => [words[0], name],
            ["again", _, var name, ..] => [words[0], name],
            _ => words.Take(1),
        })];
        return byWord.Where(each => known.Contains(each.Key)).Select(each => each.ToArray()).Where(each => each.Length > 1)
            .OrderByDescending(each => each.Length).Take(PartsFor(steps.Count));
    }

    /// <summary>Returns which pieces to leave out together: all, then halves, and so on down to one.</summary>
    private static IEnumerable<HashSet<int>> Unions(List<int[]> free)
    {
        for (int count = free.Count; count > 1; count = (count + 1) / 2)
        {
            yield return [.. free[..count].SelectMany(piece => piece)];
            if (count < free.Count)
                yield return [.. free[^count..].SelectMany(piece => piece)];
        }

        if (free.Count > 0)
            yield return [.. free.MaxBy(piece => piece.Length)!];
    }

    private static List<string> Without(List<string> steps, IReadOnlyCollection<int> left) => [.. steps.Where((_, number) => !left.Contains(number))];

    private IReadOnlyList<bool> Play(IReadOnlyList<List<string>> parts)
    {
        Guests++;
        return play([.. parts.Select((steps, number) => new Scenario(FormattableString.Invariant($"part-{number:000}"), steps))]);
    }
}
