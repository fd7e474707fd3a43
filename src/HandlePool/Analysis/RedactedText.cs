using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HandlePool.Evidence;

namespace HandlePool.Analysis;

/// <summary>Rewrites the line of a fact so that it tells nothing that the fact's own values do not tell.</summary>
/// <remarks>
/// Only what is known to be safe stays: words of the texts that are read, the fact's numbers and names by their pseudonyms, the time. All else becomes
/// <c>[redacted]</c>, because no list of what is secret can be complete.
/// </remarks>
internal sealed partial class RedactedText
{
    private const string Mark = "[redacted]";
    private const int MostDigits = 10;

    /// <summary>The letters of names of interfaces and classes.</summary>
    internal static readonly SearchValues<char> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$@:/-");

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

    // What a number is of that follows one of these words in a line of a call.
    private static readonly FrozenSet<string> NumberedWords =
        new[] { "transaction", "buffer", "code", "flags", "pri", "elapsed", "node", "handle", "size", "ret", "l", "offset" }.ToFrozenSet();

    // Behind these stand an id with a colon, and then a pointer.
    private static readonly FrozenSet<string> IdWords = new[] { "transaction", "buffer" }.ToFrozenSet();

    private readonly HandleRedactor _redactor;
    private readonly HandleEvidence _fact;
    private readonly bool _isCall;
    private readonly StringBuilder _text = new();

    // The end of the last mark, behind which nothing but blanks and punctuation has come; negative if something else has.
    private int _afterMark = -1;

    internal RedactedText(HandleRedactor redactor, HandleEvidence fact)
    {
        _redactor = redactor;
        _fact = fact;
        _isCall = fact.Kind is HandleEvidenceKind.Transaction or HandleEvidenceKind.TransactionBuffer or HandleEvidenceKind.LoggedTransaction;
        Rewrite(fact.Text);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Returns whether a text is a word of the lines that are read.</summary>
    internal static bool IsWord(string text) => Words.Contains(text);

    [GeneratedRegex(@"^\[?\s*(\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?( [+-]\d{4})?(?=\s)", RegexOptions.CultureInvariant)]
    private static partial Regex TimeAtStart();

    private void Rewrite(string text)
    {
        int at = 0;
        if (_fact.Clock is not null && TimeAtStart().Match(text) is { Success: true } time)
        {
            _text.Append(time.ValueSpan);
            at = time.Length;
        }

        string before = "";
        while (at < text.Length)
        {
            int length = 0;
            while (at + length < text.Length && IsOfToken(text[at + length]))
                length++;
            if (length == 0)
            {
                _text.Append(text[at++]);
                continue;
            }

            string token = text.Substring(at, length);
            string next = at + length < text.Length ? text[at + length].ToString() : "";
            Append(Substitute(token, before, next, at == 0));
            if (!IsNumber(token))
                before = token;
            at += length;
        }
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
    private string? Substitute(string token, string before, string next, bool isFirst)
    {
        if (Words.Contains(token))
            return token;
        if (IsNumber(token))
            return SubstituteNumber(long.Parse(token, CultureInfo.InvariantCulture), token, before, next, isFirst);
        if (token == _fact.Name || token == _fact.Interface || NamesOf(_fact).Contains(token))
            return _redactor.RedactName(token);
        if (token.Length <= MostDigits * 2 && AndroidUid.TryParse(Encoding.UTF8.GetBytes(token), out int uid) && (uid == _fact.Uid || uid == _fact.HolderUid))
            return AndroidUid.Format(_redactor.RedactUid(uid));
        if (_isCall && token.EndsWith("ms", StringComparison.Ordinal) && IsNumber(token[..^2]) && before == "elapsed")
            return token;
        if (_isCall && token[0] == '-' && IsNumber(token[1..]) && before is "ret" or "handle")
            return token;
        return token.StartsWith('x') && IsNumber(token[1..]) && long.Parse(token.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture) == _fact.Count ? token : null;
    }

    private string? SubstituteNumber(long number, string token, string before, string next, bool isFirst)
    {
        if (_isCall)
        {
            // The ids of calls and nodes, codes, sizes and returns stay; processes and threads stand behind "from", "to" and "pid".
            bool isOfProcess = before is "from" or "to" or "pid" or "proc";
            return isOfProcess ? number <= int.MaxValue ? Number(_redactor.RedactPid((int)number)) : null
                : (NumberedWords.Contains(before) || isFirst) && (next == ":" || !(isFirst || IdWords.Contains(before))) ? token : null;
        }

        if (number == _fact.Pid || number == _fact.HolderPid || (number <= int.MaxValue && _fact.Clients.Contains((int)number)))
            return Number(_redactor.RedactPid((int)number));
        if (number == _fact.Uid || number == _fact.HolderUid)
            return Number(_redactor.RedactUid((int)number));
        return number == _fact.Count || number == _fact.Limit ? token : null;
    }

    private static IEnumerable<string> NamesOf(HandleEvidence fact) => fact.Name is { } name ? name.Split(';', ':').Select(part => part.Trim()) : [];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsNumber(string token) => token.Length is > 0 and <= MostDigits && token.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Returns whether a character is of a token: all that is no blank and no punctuation of the lines that are read.</summary>
    private static bool IsOfToken(char letter) => letter > '~' || char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '$' or '@' or '\\' or '-' or '\'' or '#' or '%' or '&' or '*' or '~' or '+'
        || letter < ' ';
}
