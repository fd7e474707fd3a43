using System.Text;
using HandlePool.Tests.SessionFiles;

namespace HandlePool.Tests.Fuzzing;

/// <summary>Reads session files with any content: each is read consistently or refused.</summary>
public class SessionFuzzTests(ITestOutputHelper output)
{
    private static readonly Mutator Text = new([.. SmallSessions.All().Select(SessionText.Of).Append(SessionText.Small).Select(Encoding.UTF8.GetBytes)],
    [
        "null", "true", "false", "{}", "[]", "\"\"", ",", ":", "\"owner\":0,", "\"isDead\":true", "[1,2,1,0],", "\"manager\":2", "\"TreeScan\"", "\"DBitmap\"",
        "\"isDisabled\":true", "\"capacity\":null", "\"capacity\":128", "\"name\":\"x\",", "\"references\":[]", "\"process\":0,", "\"2026-01-31T12:00:00.0000000+02:00\"", "00:00:01",
    ]);

    [Fact]
    public void Any_text_is_read_as_a_session_file_or_refused() => FuzzRun.Try(60_000, Text, Check, output);

    private static void Check(byte[] text)
    {
        HandleSession session;
        try
        {
            session = FuzzRun.Bounded(text, () => SessionText.Read(text));
        }
        catch (HandleException exception) when (exception.ErrorId == HandleErrorIds.SessionFormat)
        {
            Assert.StartsWith("s.json: ", exception.Message, StringComparison.Ordinal);
            return;
        }

        FuzzRun.FitsTogether(session);
        string written = SessionText.Of(session);
        Assert.Equal(written, SessionText.Of(SessionText.Read(written)));
    }
}
