using System.Globalization;
using HandlePool.Generator;

// Numbers look the same everywhere.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

const string Usage = """
    Writes bug reports whose truth is known, with the truth beside them as JSON.

    dotnet run --project tests/HandlePool.Generator -- bugreport --out FOLDER [--seed 1] [--release 8|10|14|17|mtk]
        [--incident none|kill|proxies|jni|native] [--form text|gzip|zip] [--size 200MB] [--processes 60]
        [--series 1] [--hours 1] [--damage none|cut|interleaved|doubled|refused|contradicting|year|zone|hostile]
    """;

if (args is not ["bugreport", .. string[] given] || given.Length % 2 != 0)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    Dictionary<string, string> options = given.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
    string folder = Take("--out", "") is { Length: > 0 } named ? named : throw new FormatException("--out is missing: name the folder for the report.");
    ReportDamage damage = Enum.Parse<ReportDamage>(Take("--damage", "none"), ignoreCase: true);
    string release = Take("--release", "14");
    DeviceOptions device = new()
    {
        Seed = int.Parse(Take("--seed", "1"), CultureInfo.InvariantCulture),
        Release = DeviceRelease.All.FirstOrDefault(each => each.Name == release) ?? throw new FormatException($"There is no release '{release}'."),
        Incident = Enum.Parse<IncidentKind>(Take("--incident", "kill"), ignoreCase: true),
        Processes = int.Parse(Take("--processes", "60"), CultureInfo.InvariantCulture),
    };
    if (damage == ReportDamage.Year)
        device = device with { Time = new DateTime(2027, 1, 1, 3, 0, 0) };
    ReportForm form = Enum.Parse<ReportForm>(Take("--form", "text"), ignoreCase: true);
    long size = SizeOf(Take("--size", "0"));
    int reports = int.Parse(Take("--series", "1"), CultureInfo.InvariantCulture);
    double hours = double.Parse(Take("--hours", "1"), CultureInfo.InvariantCulture);
    if (options.Count > 0)
        throw new FormatException($"{options.Keys.First()} is not an option.");

    Directory.CreateDirectory(folder);
    Device truth = new(device);
    for (int report = 0; report < reports; report++)
    {
        if (report > 0)
            truth.Advance(TimeSpan.FromHours(hours));
        string path = new BugReport(truth, damage).Write(folder, form, size);
        File.WriteAllText(Path.Combine(folder, $"{new BugReport(truth).Name}.truth.json"), DeviceTruth.ToJson(truth));
        Console.WriteLine(path);
    }

    return 0;

    string Take(string name, string otherwise) => options.Remove(name, out string? value) ? value : otherwise;
}
catch (Exception exception) when (exception is FormatException or ArgumentException or IOException or UnauthorizedAccessException or OverflowException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

// A number of bytes, with KB, MB or GB behind it.
static long SizeOf(string text)
{
    (string Suffix, long Factor)[] units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
    (string suffix, long factor) = units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase), ("", 1));
    return checked((long)(double.Parse(text[..^suffix.Length], CultureInfo.InvariantCulture) * factor));
}
