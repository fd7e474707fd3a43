namespace HandlePool.Generator;

/// <summary>Names the interfaces of services and objects.</summary>
internal static class Descriptors
{
    private static readonly string[] OfApps =
    [
        "android.app.IApplicationThread", "android.view.IWindow", "android.content.IContentProvider", "android.os.IMessenger", "android.app.IServiceConnection",
        "android.database.IContentObserver", "android.content.IIntentReceiver", "android.view.accessibility.IAccessibilityInteractionConnection", "",
    ];

    private static readonly string[] OfServer =
    [
        "android.view.IWindowSession", "android.app.servertransaction.IClientTransaction", "android.content.IIntentSender", "android.os.IBinder", "android.view.InputChannel",
        "com.android.internal.view.IInputMethodClient", "android.hardware.display.IDisplayManagerCallback", "android.media.session.ISessionController", "",
    ];

    private static readonly string[] Known =
    [
        "activity", "android.app.IActivityManager", "package", "android.content.pm.IPackageManager", "window", "android.view.IWindowManager", "power", "android.os.IPowerManager",
        "alarm", "android.app.IAlarmManager", "notification", "android.app.INotificationManager", "content", "android.content.IContentService", "account",
        "android.accounts.IAccountManager", "input", "android.hardware.input.IInputManager", "display", "android.hardware.display.IDisplayManager", "jobscheduler",
        "android.app.job.IJobScheduler", "user", "android.os.IUserManager", "appops", "com.android.internal.app.IAppOpsService", "meminfo", "", "gfxinfo", "",
    ];

    /// <summary>Returns the interface of an object of a process.</summary>
    internal static string Of(DeviceProcess owner, Random random)
    {
        string[] names = owner.Name == Phone.SystemServer ? OfServer : OfApps;
        int index = random.Next(names.Length + 1);
        return index < names.Length ? names[index] : $"{owner.Name.Split(':')[0]}.I{(owner.IsJava ? "Callback" : "Client")}";
    }

    /// <summary>Returns the name and the interface of a registered service, which may have none.</summary>
    internal static (string Name, string Interface) OfService(int number)
    {
        if (number < Known.Length / 2)
            return (Known[2 * number], Known[(2 * number) + 1]);
        return ($"vendor.feature{number}", $"vendor.feature{number}.IFeatureService");
    }
}
