using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Evidence;

namespace HandlePool.Analysis;

/// <summary>Rewrites the line of a fact so that it tells nothing that the fact's own values do not tell.</summary>
/// <remarks>
/// Only what is known to be safe stays: words of the texts that are read, the fact's numbers and names by their pseudonyms, small numbers in known places, the
/// time. All else becomes <c>[redacted]</c>, because no list of what is secret can be complete. Where a word or a number that would stay is also of a
/// secret, such as a process named after a word, the whole line does: otherwise its place would tell the secret.
/// </remarks>
internal sealed partial class RedactedText
{
    private const string Mark = "[redacted]";
    private const int MostDigits = 10;
    private const int MostHexDigits = 8;

    // Scores of the activity manager are from -1000 to 1001; reasons, states of exits and users are small.
    private const int MostScore = 1_001;
    private const int MostReason = 999;

    /// <summary>The letters of names of interfaces and classes.</summary>
    internal static readonly SearchValues<char> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$@:/-");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // The words of the lines that are read, and no others.
    private static readonly FrozenSet<string> Words = ("Killing adj Too Many many Binders sent to SYSTEM Binder BinderProxy map growth bucket size total descriptor histogram top Per Uid Proxy "
        + "Counts UID count too proxy binder object objects uid from proxies held by BpBinder ActivityManager am_kill I W E D F V JavaBinder Unexpectedly live BinderProxies ProxyMap has entries "
        + "uncleared after GC leak AndroidRuntime java.lang.AssertionError JNI ERROR app bug global weak reference references table overflow max dump Summary of unique instances art "
        + "Releasing leaked death recipient recipients is being destroyed but the application did not call unlinkToDeath unlink all its beforehand MEMINFO in pid Local Death Recipients "
        + "package NO PACKAGE NAME FOUND s reason EXCESSIVE RESOURCE USAGE subreason EXCESSIVE_BINDER_OBJECTS OTHER KILLS BY KILL description status process proc context node handle ret reply "
        + "async outgoing incoming bad pending transaction transactions buffer active delivered allocated reserved oneway pri elapsed code flags data offset binder hwbinder vndbinder l r0 r1 a0 a1 "
        + "Package ProcessRecord USER PID PPID NAME ps pid Permission denied Denial can t dump SERVICE DUMP TIMEOUT EXPIRED Can find service services command timed out Service host Client PIDs "
        + "ACTIVITY MANAGER BINDER PROXY STATE dumpsys activity meminfo logcat lshal PROCESS EXIT INFO ApplicationExitInfo Top interface names ms OF ON incomplete beginning main events system radio crash "
        + "realUid userId appId timestamp trace null x state empty").Split(' ').ToFrozenSet();

    private static readonly FrozenSet<string> WordsInAnyCase = Words.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // What a number is of that follows one of these words in a line of a call.
    private static readonly FrozenSet<string> NumberedWords =
        new[] { "transaction", "buffer", "code", "flags", "pri", "elapsed", "node", "handle", "size", "ret", "l", "offset" }.ToFrozenSet();

    // Behind these stand an id with a colon, and then a pointer.
    private static readonly FrozenSet<string> IdWords = new[] { "transaction", "buffer" }.ToFrozenSet();

    private readonly HandleRedactor _redactor;
    private readonly HandleEvidence _fact;
    private readonly bool _isCall;
    private readonly StringBuilder _text = new();

    // Names that are replaced as a whole, whatever they contain; the packages of a list, which are words; and words of both that could be taken for others.
    private readonly List<(string Name, string Pseudonym)> _names = [];
    private readonly Dictionary<string, string> _packages = [];
    private readonly HashSet<string> _secretWords = new(StringComparer.OrdinalIgnoreCase);

    // The end of the last mark, behind which nothing but blanks and punctuation has come; negative if something else has.
    private int _afterMark = -1;
    private bool _isAmbiguous;

    internal RedactedText(HandleRedactor redactor, HandleEvidence fact)
    {
        _redactor = redactor;
        _fact = fact;
        _isCall = fact.Kind is HandleEvidenceKind.Transaction or HandleEvidenceKind.TransactionBuffer or HandleEvidenceKind.LoggedTransaction;
        AddNames();
        Rewrite(fact.Text);
    }

    /// <inheritdoc/>
    public override string ToString() => _isAmbiguous ? Mark : _text.ToString();

    /// <summary>Returns whether a text is a word of the lines that are read.</summary>
    internal static bool IsWord(string text) => Words.Contains(text);

    /// <summary>Returns the package of a process that is named <c>PACKAGE:PART</c>; null for all others.</summary>
    internal static string? PackageOf(string process)
    {
        int colon = process.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < process.Length - 1 ? process[..colon] : null;
    }

    [GeneratedRegex(@"^\[?\s*(\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?( [+-]\d{4})?(?=\s)", RegexOptions.CultureInvariant)]
    private static partial Regex TimeAtStart();

    private void AddNames()
    {
        foreach (string name in HandleRedactor.NamesOf(_fact))
        {
            AddName(name, _redactor.RedactNameOf(_fact.Kind, name));
            if (PackageOf(name) is { } package)
                AddName(package, _redactor.RedactName(package));
        }

        if (_fact.Interface is { } type)
            AddName(type, _redactor.RedactInterface(type));
    }

    private void AddName(string name, string pseudonym)
    {
        // A reader who knows the line would see which of its words is replaced: a name of such words is not.
        if (name == pseudonym || AddSecretWords(name, PackageOf(name) is { } package && pseudonym.StartsWith(package + ":", StringComparison.Ordinal) ? package.Length : 0))
        {
            if (_fact.Kind == HandleEvidenceKind.UidCount)
                _packages[name] = pseudonym;
            else if (name.Length > 0)
                _names.Add((name, pseudonym));
        }
    }

    /// <summary>Adds the words of a name that could be taken for others.</summary>
    /// <param name="name">The name.</param>
    /// <param name="start">The length of the package, if that is one that every device has.</param>
    /// <returns>Whether the name has other words, too.</returns>
    private bool AddSecretWords(string name, int start)
    {
        bool hasOthers = false;
        for (int at = start; at < name.Length; at++)
        {
            int length = LengthOfToken(name, at);
            if (length == 0)
                continue;
            string token = name.Substring(at, length);
            if (IsPlain(token))
                _secretWords.Add(token);
            else
                hasOthers = true;
            at += length;
        }

        return hasOthers;
    }

    /// <summary>Returns whether a token looks like one that may stay, or like a number that is replaced.</summary>
    private static bool IsPlain(string token) => WordsInAnyCase.Contains(token) || token.AsSpan().TrimStart("#x-").IndexOfAnyExceptInRange('0', '9') < 0
        || AndroidUid.TryParse(Encoding.UTF8.GetBytes(token), out _);

    private void Rewrite(string text)
    {
        int at = 0;
        if (_fact.Clock is not null && TimeAtStart().Match(text) is { Success: true } time)
        {
            _text.Append(time.ValueSpan);
            at = time.Length;
        }

        string before = "";
        while (at < text.Length && !_isAmbiguous)
        {
            if (_names.Find(each => IsAt(text, at, each.Name)) is { Name: { } name, Pseudonym: var pseudonym })
            {
                Append(pseudonym);
                before = name;
                at += name.Length;
                continue;
            }

            int length = LengthOfToken(text, at);
            if (length == 0)
            {
                _text.Append(text[at++]);
                continue;
            }

            string token = text.Substring(at, length);
            string? substitute = Substitute(token, before, text.AsSpan(at + length), at == 0);
            _isAmbiguous |= substitute is not null && _secretWords.Contains(token);
            Append(substitute);
            at += length;

            // A word tells what the numbers are of that follow it: one, or several with colons and slashes between them.
            if (!IsNumber(token))
                before = token;
            else if (at == text.Length || text[at] is not (':' or '/'))
                before = "";
        }
    }

    /// <summary>Returns whether a name is at a place of a text, and not only a part of what is there.</summary>
    private static bool IsAt(string text, int at, string name) => string.CompareOrdinal(text, at, name, 0, name.Length) == 0
        && IsBoundary(text, at) && IsBoundary(text, at + name.Length);

    private static bool IsBoundary(string text, int at) => at == 0 || at == text.Length || !IsOfToken(text[at - 1]) || !IsOfToken(text[at]);

    /// <summary>Returns the length of the token at a place, without the full stop of a sentence; 0 if there is none.</summary>
    private static int LengthOfToken(string text, int at)
    {
        int end = at;
        while (end < text.Length && IsOfToken(text[end]))
            end++;
        while (end > at && text[end - 1] == '.')
            end--;
        return end - at;
    }

    private void Append(string? substitute)
    {
        if (substitute is not null)
        {
            _text.Append(substitute);
            _afterMark = -1;
            return;
        }

        if (_afterMark >= 0)
            _text.Length = _afterMark;
        else
            _text.Append(Mark);
        _afterMark = _text.Length;
    }

    /// <summary>Returns what stands for a token; null if nothing may.</summary>
    private string? Substitute(string token, string before, ReadOnlySpan<char> rest, bool isFirst)
    {
        if (_packages.TryGetValue(token, out string? package))
            return package;
        if (Words.Contains(token))
            return token;
        if (IsNumber(token))
            return _isCall ? SubstituteNumberOfCall(token, before, rest, isFirst) : SubstituteNumber(token, before, rest);
        if (token.Length <= MostDigits * 2 && AndroidUid.TryParse(Encoding.UTF8.GetBytes(token), out int uid) && (uid == _fact.Uid || uid == _fact.HolderUid))
            return AndroidUid.Format(_redactor.RedactUid(uid));
        if (_isCall)
            return IsValueOfCall(token, before) ? token : null;
        return token[0] switch
        {
            'x' when ValueOf(token) is { } count && count == _fact.Count => token,
            '#' when ValueOf(token) is { } rank && rank == _fact.Rank => token,
            '-' when ValueOf(token) is { } score && IsScore(score, before, rest) => token,
            _ => null,
        };
    }

    private string? SubstituteNumber(string token, string before, ReadOnlySpan<char> rest)
    {
        long number = long.Parse(token, CultureInfo.InvariantCulture);
        bool isPid = number == _fact.Pid || number == _fact.HolderPid || (number <= int.MaxValue && _fact.Clients.Contains((int)number));
        bool isUid = number == _fact.Uid || number == _fact.HolderUid;
        bool isKept = number == _fact.Count || number == _fact.Limit || IsScore(number, before, rest) || IsHarmless(number, before, rest);

        // The same number is shown in one place and replaced in another, which would tell that they are the same.
        _isAmbiguous |= (isPid && isUid) || (isKept && (isPid || isUid));
        return isPid ? Number(_redactor.RedactPid((int)number)) : isUid ? Number(_redactor.RedactUid((int)number)) : isKept ? token : null;
    }

    /// <summary>Returns whether a number is the score of a process that is killed: <c>(adj 985)</c>, or the number before the reason in an event.</summary>
    private bool IsScore(long number, string before, ReadOnlySpan<char> rest) => _fact.Kind == HandleEvidenceKind.Kill && number <= MostScore
        && (before == "adj" || rest.StartsWith(",Too many Binders", StringComparison.Ordinal));

    /// <summary>Returns whether a number counts or classifies what the fact is about, by the place at which it stands.</summary>
    private bool IsHarmless(long number, string before, ReadOnlySpan<char> rest) => _fact.Kind switch
    {
        HandleEvidenceKind.Exit => number <= MostReason && before is "reason" or "subreason",
        HandleEvidenceKind.Kill => number <= MostReason && before == "am_kill" && rest is [',', >= '0' and <= '9', ..],
        HandleEvidenceKind.ProxyMapGrowth => number <= _fact.Count && before == "size",
        HandleEvidenceKind.ProxyMapOverflow => number <= _fact.Count && rest.StartsWith(" (uncleared", StringComparison.Ordinal),
        HandleEvidenceKind.ReferenceCount => number <= _fact.Count && rest.StartsWith(" unique", StringComparison.Ordinal),
        HandleEvidenceKind.LocalBinders or HandleEvidenceKind.ProxyBinders or HandleEvidenceKind.DeathRecipients => before is "Binders" or "Recipients",
        _ => false,
    };

    /// <summary>Returns what stands for a number: ids of calls and nodes, codes, sizes and returns stay; processes and threads stand behind "from", "to" and "pid".</summary>
    private string? SubstituteNumberOfCall(string token, string before, ReadOnlySpan<char> rest, bool isFirst)
    {
        if (before is "from" or "to" or "pid" or "proc")
            return int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? Number(_redactor.RedactPid(pid)) : null;
        return (NumberedWords.Contains(before) || isFirst) && (rest.StartsWith(":", StringComparison.Ordinal) || !(isFirst || IdWords.Contains(before))) ? token : null;
    }

    /// <summary>Returns whether a token is a value of a call that is no plain number: an age, a negative number, or a hexadecimal one.</summary>
    private static bool IsValueOfCall(string token, string before) => before switch
    {
        "elapsed" => token.EndsWith("ms", StringComparison.Ordinal) && IsNumber(token[..^2]),
        "ret" or "handle" => token[0] == '-' && IsNumber(token[1..]),
        "code" or "flags" => token.Length <= MostHexDigits && !token.AsSpan().ContainsAnyExcept(HexDigits),
        _ => false,
    };

    /// <summary>Returns the number behind the first character of a token; null if there is none.</summary>
    private static long? ValueOf(string token) => IsNumber(token[1..]) ? long.Parse(token.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture) : null;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsNumber(string token) => token.Length is > 0 and <= MostDigits && token.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Returns whether a character is of a token: all that is no blank and no punctuation of the lines that are read.</summary>
    private static bool IsOfToken(char letter) => letter > '~' || char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '$' or '@' or '\\' or '-' or '\'' or '#' or '%' or '&' or '*' or '~' or '+'
        || (letter < ' ' && letter != '\t');
}
