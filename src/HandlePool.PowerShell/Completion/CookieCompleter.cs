using System.Globalization;
using System.Management.Automation;

namespace HandlePool.PowerShell.Completion;

/// <summary>Completes the cookies of the notifications of the named processes.</summary>
internal sealed class CookieCompleter : IdentityCompleter
{
    private protected override IEnumerable<CompletionResult> Complete(CompletedLine line, CompletedWord word) =>
        line.FindProcesses().SelectMany(process => process.GetNotifications())
            .Where(notification => notification.Cookie is <= long.MaxValue && word.Matches((long)notification.Cookie))
            .GroupBy(notification => notification.Cookie!.Value)
            .OrderBy(same => same.Key)
            .Select(same => Offer(word.Write((long)same.Key), same.Key.ToString(CultureInfo.InvariantCulture),
                string.Join("; ", same.Select(Describe).Distinct())));

    private static string Describe(HandleNotification notification) =>
        $"{notification.Kind} notification of {notification.Process}"
        + $"{(notification.Handle is { } handle ? $" on handle {handle}" : "")}, {notification.State}";
}
