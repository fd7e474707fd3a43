namespace HandlePool.Gates;

/// <summary>Represents the rules of a gate. Immutable.</summary>
public sealed class HandleGrowthPolicy
{
    /// <summary>Initializes a policy from its rules.</summary>
    /// <param name="rules">The rules, one or more.</param>
    /// <exception cref="ArgumentException">There is no rule, two have one name, or one contradicts itself.</exception>
    public HandleGrowthPolicy(IEnumerable<HandleGrowthRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Rules = new HandleList<HandleGrowthRule>([.. rules]);
        if (Rules.Count == 0)
            throw new ArgumentException("A policy without rules decides nothing. Give one rule or more.", nameof(rules));
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        foreach (HandleGrowthRule rule in Rules)
        {
            if (RuleFault.Find(rule) is [var fault, ..])
                throw new ArgumentException($"The rule '{rule}' is wrong: {fault.Key}: {fault.Message}", nameof(rules));
            if (!names.Add(rule.Name))
                throw new ArgumentException($"Two rules are named '{rule}'. Give each a name of its own.", nameof(rules));
        }
    }

    /// <summary>Gets the rules, in order.</summary>
    public HandleList<HandleGrowthRule> Rules { get; }

    /// <inheritdoc/>
    public override string ToString() => Text.Phrase.Count(Rules.Count, "rule");
}
