namespace HandlePool.Conformance;

/// <summary>Represents what came of a scenario.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Result">What the kernel did, compared with the model; null if the guest did not finish the scenario, or its results are not whole.</param>
/// <param name="Failure">What is wrong with the results; empty if they were compared.</param>
internal sealed record PlayedScenario(Scenario Scenario, ScenarioResult? Result, string Failure)
{
    /// <summary>Reads and compares the results of a scenario.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="folder">The folder of its results.</param>
    /// <param name="driver">The rules of the model.</param>
    internal static PlayedScenario Read(Scenario scenario, string folder, HandleDriver driver)
    {
        try
        {
            if (ResultCheck.Find(scenario, folder, out IReadOnlyList<DriverRow> rows) is { } problem)
                return new PlayedScenario(scenario, null, problem);
            ScenarioResult result = ScenarioResult.Compare(scenario, rows, folder, driver);
            return result.Replay.Operations > 0 ? new PlayedScenario(scenario, result, "")
                : new PlayedScenario(scenario, null, "nothing was compared: its rows have no operation");
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or FormatException or OverflowException)
        {
            return new PlayedScenario(scenario, null, $"its results are not whole: {exception.Message}");
        }
    }
}
