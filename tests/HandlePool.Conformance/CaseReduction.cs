namespace HandlePool.Conformance;

/// <summary>
/// Finds the shortest part of a scenario that still differs, by playing parts of it on the same kernel: each round is one guest that plays the
/// scenario without each of several pieces, and the next one leaves out all pieces that turned out not to matter.
/// </summary>
/// <param name="play">Plays scenarios, and returns which of them differ.</param>
internal sealed class CaseReduction(Func<IReadOnlyList<Scenario>, IReadOnlyList<bool>> play)
{
    private const int Pieces = 16;

    /// <summary>The most guests: a case that takes more is shown as it is by then.</summary>
    private const int MostRounds = 16;

    /// <summary>Gets the number of guests that it took.</summary>
    internal int Rounds { get; private set; }

    /// <summary>Returns the shortest part that was found.</summary>
    /// <param name="scenario">The scenario, which differs.</param>
    /// <param name="lastStep">The line of the first difference: later steps do not matter. 0 if it is about the whole.</param>
    internal Scenario Reduce(Scenario scenario, int lastStep)
    {
        IEnumerable<string> relevant = lastStep > 0 ? scenario.Steps.Take(lastStep) : scenario.Steps;
        List<string> steps = [.. relevant.Where(step => step.Length > 0 && !step.StartsWith('#'))];
        int size = Math.Max(1, steps.Count / Pieces);
        while (Rounds < MostRounds)
        {
            List<string>[] pieces = [.. steps.Chunk(size).Select(piece => piece.ToList())];
            if (pieces.Length < 2)
                break;
            bool[] without = [.. Play([.. Enumerable.Range(0, pieces.Length).Select(left => Join(pieces, piece => piece != left))])];
            int[] needed = [.. Enumerable.Range(0, pieces.Length).Where(piece => !without[piece])];
            if (needed.Length < pieces.Length)
                steps = Shorten(pieces, needed, without);
            else if (size == 1)
                break;

            size = size == 1 && needed.Length < pieces.Length ? 1 : Math.Max(1, Math.Min(size / 2, steps.Count / Pieces));
        }

        return new Scenario(scenario.Name, steps);
    }

    /// <summary>Leaves out all pieces that do not matter one by one, or, if they matter together, half of them, and so on down to one.</summary>
    private List<string> Shorten(List<string>[] pieces, int[] needed, bool[] without)
    {
        int[] free = [.. Enumerable.Range(0, pieces.Length).Except(needed)];
        if (free.Length > 1)
        {
            List<HashSet<int>> choices = [];
            for (int count = free.Length; count > 1; count /= 2)
            {
                choices.Add([.. free[..count]]);
                choices.Add([.. free[^count..]]);
            }

            bool[] differs = [.. Play([.. choices.Select(left => Join(pieces, piece => !left.Contains(piece)))])];
            int best = Array.IndexOf(differs, true);
            if (best >= 0)
                return Join(pieces, piece => !choices[best].Contains(piece));
        }

        return Join(pieces, piece => piece != Array.IndexOf(without, true));
    }

    private IReadOnlyList<bool> Play(IReadOnlyList<List<string>> parts)
    {
        Rounds++;
        return play([.. parts.Select((steps, number) => new Scenario(FormattableString.Invariant($"part-{number:00}"), steps))]);
    }

    private static List<string> Join(List<string>[] pieces, Func<int, bool> isKept) =>
        [.. pieces.Where((_, number) => isKept(number)).SelectMany(piece => piece)];
}
