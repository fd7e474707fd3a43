#:project ../../src/HandlePool/HandlePool.csproj
#:property PublishAot=false

// The demo's story in C#, on the library alone: dotnet run docs/examples/tour.cs

using System.Runtime.CompilerServices;
using HandlePool;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;

string dump = Path.Combine(Here(), "..", "..", "tests", "data", "state-pixel.txt");

Step("1. Read a dump");
ImportedDump result = DumpReader.ReadFile(Path.GetFullPath(dump))[0];
HandleSession session = result.Session;
Console.WriteLine($"{session.Name}: {session.Processes} processes, {session.Nodes} nodes, {session.GetFindings().Count} findings, "
    + $"{result.ProblemCount} unreadable and {result.UnknownLineCount} unknown lines");

Step("2. Which processes are there, and how many handles does each hold?");
foreach (HandleProcess process in session.GetProcesses().OrderByDescending(process => process.HandleCount))
    Console.WriteLine($"{process.Id,7} {process.Name,-36} {process.Context,-9} {process.HandleCount,5} handles of {process.Capacity,4}");

Step("3. Who holds how many handles of whom?");
foreach (HandleUsage usage in UsageMeasurement.Measure(session).Take(5))
    Console.WriteLine($"{usage.Handles,7} {usage.HolderName} -> {usage.OwnerName}");

Step("4. Who leaks?");
HandleLeakSuspect suspect = LeakFinder.Find([session])[0];
Console.WriteLine(suspect.Reason);
HandleProcess app = suspect.Holder!, server = suspect.Owner!;
Draw(app.GetBitmap());

Step("5. It goes on leaking: 70 more references, until the pool grows");
for (int i = 0; i < 70; i++)
    app.AddReference(session.CreateNode(server));
foreach (HandleEvent happened in session.GetEvents())
    Console.WriteLine(happened.Message);

Step("6. Two threads find the pool too small at once: both allocate, the loser is discarded");
HandlePoolResizer first = app.RequestResize(ResizeDirection.Grow);
HandlePoolResizer second = app.RequestResize(ResizeDirection.Grow);
Console.WriteLine(app.CompleteResize(first));
Console.WriteLine(app.CompleteResize(second));

Step($"7. The leak is mended: what {app} held of {server} is dropped, newest first, and the pool shrinks");
foreach (HandleReference reference in app.GetReferences().Reverse().Where(reference => reference.Owner == server && reference.Handle > 12))
    app.DropReference(reference.Handle);
foreach (HandleEvent happened in session.GetEvents().Where(each => each.Kind == HandleEventKind.Shrink))
    Console.WriteLine(happened.Message);

Step("8. The bitmap after");
Draw(app.GetBitmap());

Step("9. The evidence for the ticket, a page to open in a browser");
string report = Path.Combine(Path.GetTempPath(), "handlepool-tour.html");
HandleReport.WriteFile(report, [DumpReader.ReadFile(Path.GetFullPath(dump))[0].Session]);
Console.WriteLine(report);

static void Step(string text) => Console.WriteLine($"\n== {text}");

static void Draw(HandleBitmap bitmap)
{
    Console.WriteLine($"{bitmap.InUse} of {bitmap.Capacity} used, highest {bitmap.HighestUsed}, next {bitmap.LowestFree}");
    for (int first = 0; first < bitmap.Capacity; first += 64)
        Console.WriteLine($"{first,6}  {string.Concat(Enumerable.Range(first, 64).Select(handle => bitmap.IsSet(handle) ? '#' : '.'))}");
}

static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
