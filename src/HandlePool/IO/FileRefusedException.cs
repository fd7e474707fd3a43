namespace HandlePool.IO;

/// <summary>The reason why a file is not written.</summary>
internal enum FileRefusal
{
    /// <summary>It exists, and is not to be replaced.</summary>
    Exists,

    /// <summary>It stands for something that is open, such as <c>/dev/stdout</c>.</summary>
    Device,

    /// <summary>It is a link which anybody could have put there.</summary>
    Link,
}

/// <summary>Says that a file is not written, and why.</summary>
internal sealed class FileRefusedException(FileRefusal refusal, string message) : IOException(message)
{
    internal FileRefusal Refusal { get; } = refusal;

    internal static FileRefusedException Device(string path, bool exists) =>
        new(FileRefusal.Device, exists ? $"'{path}' is a device, a pipe or a socket." : $"'{path}' is in a folder of devices or processes.");

    internal static FileRefusedException Exists(string path) => new(FileRefusal.Exists, $"The file '{path}' already exists.");
}
