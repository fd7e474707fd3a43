namespace HandlePool.Generator;

/// <summary>Specifies what is wrong with a report.</summary>
internal enum ReportDamage
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Sections end anywhere, without the line that ends them.</summary>
    Cut,

    /// <summary>Lines of a log are within the other sections.</summary>
    Interleaved,

    /// <summary>Sections are there twice.</summary>
    Doubled,

    /// <summary>The device refuses sections.</summary>
    Refused,

    /// <summary>Sections are there twice, with other counts.</summary>
    Contradicting,

    /// <summary>The report is of the beginning of a year, and its log of the end of the one before.</summary>
    Year,

    /// <summary>The log is in another zone, and says so.</summary>
    Zone,

    /// <summary>Names have 64 KB, control characters and numbers beyond all bounds.</summary>
    Hostile,
}

/// <summary>Damages the sections of a report, from a seed.</summary>
internal sealed class SectionDamage(ReportDamage damage, int seed, Func<string> logLine)
{
    private readonly Random _random = new Phone.SplitMix(seed ^ 0xdead);

    /// <summary>Returns the sections that stand in the place of one.</summary>
    internal IEnumerable<ReportSection> Apply(ReportSection section)
    {
        bool isHit = damage != ReportDamage.None && _random.Next(2) == 0;
        switch (damage)
        {
            case ReportDamage.Cut when isHit:
                yield return section with { Write = output => output.Write(Cut(TextOf(section))), End = "\n" };
                break;
            case ReportDamage.Interleaved when isHit:
                yield return section with { Write = output => output.Write(Interleave(TextOf(section))) };
                break;
            case ReportDamage.Refused when isHit:
                yield return section with { Write = output => output.Write(section.Refusal) };
                break;
            case ReportDamage.Doubled when isHit:
                yield return section;
                yield return section;
                break;
            case ReportDamage.Contradicting when section.Contradict is { } contradict:
                yield return section;
                yield return section with { Write = contradict };
                break;
            case ReportDamage.Hostile when isHit:
                yield return section with { Write = output => output.Write(TextOf(section) + Hostile()) };
                break;
            default:
                yield return section;
                break;
        }
    }

    private static string TextOf(ReportSection section)
    {
        StringWriter text = new();
        section.Write(text);
        return text.ToString();
    }

    // At the end of a line: within one, nothing would tell what was cut from what is whole.
    private string Cut(string text) => text[..(text[.._random.Next(text.Length + 1)].LastIndexOf('\n') + 1)];

    private string Interleave(string text)
    {
        string[] lines = text.Split('\n');
        return string.Concat(lines.SkipLast(1).Select(line => _random.Next(9) == 0 ? $"{line}\n{logLine()}\n" : $"{line}\n")) + lines[^1];
    }

    private static string Hostile()
    {
        string name = new('x', 1 << 16);
        return $"proc 99999999999999999999\nproc 7 ({name})\n  UID 99999999999999999999, binder count = 7, package(s)= {name};\n    #1: {name} x99999999999999999999999\n"
            + $"#1: \u001b[31mred\u0000 x99\n** MEMINFO in pid 99999999999999999999 [{name}] **\n Local Binders: 99999999999999999999 Proxy Binders: -1\n"
            + $"ApplicationExitInfo #0: timestamp=9999-99-99 99:99:99.999 pid=99999999999999999999 realUid=-1 process={name} subreason=11\n";
    }
}
