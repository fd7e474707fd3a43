using System.Globalization;
using System.Text.RegularExpressions;

namespace HandlePool.Conformance;

/// <summary>Checks the steps of a written scenario before a kernel starts. README.md has the steps. Parts of a scenario need not pass.</summary>
internal sealed partial class StepCheck
{
    /// <summary>The longest line that the guest reads.</summary>
    private const int LongestLine = 254;

    private const int NodesOfOpen = 1 << 20;
    private const string Transfer = "open open node-or-none";

    /// <summary>What follows the first word of a step. What ends with ? may be missing, and with * be there several times.</summary>
    private static readonly Dictionary<string, string> Forms = new()
    {
        ["process"] = "new device number?",
        ["again"] = "open new device",
        ["manager"] = "open",
        ["send"] = $"{Transfer} weakly|keep|keepweak*",
        ["call"] = $"{Transfer} weakly|keep|keepweak*",
        ["fetch"] = $"{Transfer} weakly|keep|keepweak|hold*",
        ["free"] = "open",
        ["acquire"] = "open target",
        ["release"] = "open target",
        ["increfs"] = "open target",
        ["decrefs"] = "open target",
        ["drop"] = "open node",
        ["transact"] = "open target",
        ["death"] = "open target number",
        ["cleardeath"] = "open target number",
        ["deathdone"] = "open number",
        ["freeze"] = "open target number",
        ["clearfreeze"] = "open target number",
        ["freezedone"] = "open number",
        ["suspend"] = "open",
        ["resume"] = "open",
        ["read"] = "open",
        ["exit"] = "open",
        ["dump"] = "moment open? open?",
        ["quiet"] = "on|off",
        ["trace"] = "bitmaps?",
        ["measure"] = "open open number number",
    };

    private readonly HashSet<string> _opens = [];

    // Names of folders.
    private readonly HashSet<string> _moments = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns what is wrong with the steps, by their line from 1; null if nothing is.</summary>
    internal static (int Line, string Problem)? Find(IReadOnlyList<string> steps)
    {
        StepCheck check = new();
        for (int line = 0; line < steps.Count; line++)
        {
            if (check.Check(steps[line]) is { } problem)
                return (line + 1, problem);
        }

        return null;
    }

    private string? Check(string line)
    {
        string[] words = [.. line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => word[0] != '#')];
        if (words.Length == 0)
            return null;
        if (line.Length > LongestLine)
            return $"The line is longer than {LongestLine} characters.";
        if (!Forms.TryGetValue(words[0], out string? form))
            return $"'{words[0]}' is not a step.";
        string[] kinds = form.Split(' ');
        int at = 1;
        foreach (string kind in kinds)
        {
            bool repeats = kind.EndsWith('*');
            if (at == words.Length && !repeats && !kind.EndsWith('?'))
                return $"'{words[0]}' has too few words: {Show(kind)} is missing.";
            for (; at < words.Length; at++)
            {
                if (Check(words[at], kind.TrimEnd('?', '*')) is { } problem)
                    return problem;
                if (repeats)
                    continue;
                at++;
                break;
            }
        }

        return at < words.Length ? $"'{words[0]}' has too many words: '{words[at]}'."
            : words is ["dump", _, _] ? "'dump' has too few words: it names who calls, and then who is called." : null;
    }

    private string? Check(string word, string kind) => kind switch
    {
        "new" when !Name().IsMatch(word) => $"'{word}' is not a name: letters and digits, 31 at most.",
        "new" => _opens.Add(word) ? null : $"'{word}' is there already.",
        "open" => _opens.Contains(word) ? null : $"There is no process '{word}' so far.",
        "moment" when !Name().IsMatch(word) => $"'{word}' is not a name: letters and digits, 31 at most.",
        "moment" => _moments.Add(word) ? null : $"There is a dump '{word}' already.",
        "device" => word is "binder" or "hwbinder" ? null : $"'{word}' is not a device: binder or hwbinder.",
        "number" => ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : $"'{word}' is not a number.",
        "target" when word[0] == '=' => uint.TryParse(word[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null
            : $"'{word}' is not a handle: =NUMBER.",
        "node-or-none" when word == "-" => null,
        "node" or "node-or-none" or "target" => CheckNode(word),
        _ => kind.Split('|').Contains(word) ? null : $"'{word}' is not {Show(kind)}.",
    };

    private string? CheckNode(string word)
    {
        if (word.Split('.') is not [var owner, var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int node)
            || node >= NodesOfOpen)
        {
            return $"'{word}' is not a node: OWNER.NUMBER.";
        }

        return _opens.Contains(owner) ? null : $"There is no process '{owner}' so far, and so no node '{word}'.";
    }

    private static string Show(string kind) => kind switch
    {
        "new" or "open" => "a process",
        "moment" => "a name",
        "target" => "a node or =HANDLE",
        "node" or "node-or-none" => "a node",
        "device" or "number" => $"a {kind}",
        _ => kind.Replace("|", " or ", StringComparison.Ordinal),
    };

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{0,30}$")]
    private static partial Regex Name();
}
