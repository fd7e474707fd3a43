#:project ../../src/HandlePool/HandlePool.csproj
#:property PublishAot=false

// Does what docs/examples/demo.ps1 does with the library alone: dotnet run docs/examples/tour.cs

using System.Runtime.CompilerServices;
using HandlePool;
using HandlePool.Analysis;
using HandlePool.Dumps;
using HandlePool.Reports;

string dump = Path.Combine(Here(), "..", "..", "tests", "data", "state-pixel.txt");

Step("1. Read a dump");
ImportedDump result = DumpReader.ReadFile(Path.GetFullPath(dump))[0];
HandleSession session = result.Session;
Console.WriteLine($"{session.Name}: {session.Processes} processes, {session.Nodes} nodes, {session.GetFindings().Count} anomalies, "
    + $"{result.ProblemCount} unreadable and {result.UnknownLineCount} unknown lines");

Step("2. List the processes and the number of handles that each holds");
foreach (HandleProcess process in session.GetProcesses().OrderByDescending(process => process.HandleCount))
    Console.WriteLine($"{process.Id,7} {process.Name,-36} {process.Context,-9} {process.HandleCount,5} handles of {process.Capacity,4}");

Step("3. Count the handles of each pair of holder and owner");
foreach (HandleUsage usage in UsageMeasurement.Measure(session).Take(5))
    Console.WriteLine($"{usage.Handles,7} {usage.HolderName} -> {usage.OwnerName}");

Step("4. Find the leak");
HandleLeakSuspect suspect = LeakFinder.Find([session]).Suspects[0];
Console.WriteLine(suspect.Reason);
HandleProcess app = suspect.Holder!, server = suspect.Owner!;
Draw(app.GetBitmap());

Step("5. The leak continues: 70 more references make the pool grow");
for (int i = 0; i < 70; i++)
    app.AddReference(session.CreateNode(server));
foreach (HandleEvent happened in session.GetEvents())
    Console.WriteLine(happened.Message);

Step("6. Two threads grow the pool at once: both allocate, and the second look discards the loser");
HandlePoolResizer first = app.RequestResize(ResizeDirection.Grow);
HandlePoolResizer second = app.RequestResize(ResizeDirection.Grow);
Console.WriteLine(app.CompleteResize(first));
Console.WriteLine(app.CompleteResize(second));

Step($"7. The leak is fixed: {app} drops its handles to nodes of {server}, newest first, and the pool shrinks");
foreach (HandleReference reference in app.GetReferences().Reverse().Where(reference => reference.Owner == server && reference.Handle > 12))
    app.DropReference(reference.Handle);
foreach (HandleEvent happened in session.GetEvents().Where(each => each.Kind == HandleEventKind.Shrink))
    Console.WriteLine(happened.Message);

Step("8. The bitmap afterward");
Draw(app.GetBitmap());

Step("9. Write the evidence for the ticket: a page to open in a browser");
string report = Path.Combine(Directory.CreateTempSubdirectory("handlepool-tour-").FullName, "leak.html");
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
