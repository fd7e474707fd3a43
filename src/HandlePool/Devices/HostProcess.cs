using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace HandlePool.Devices;

/// <summary>Runs programs of this host as processes. Thread-safe.</summary>
/// <param name="grace">
/// The time for which pipes are read on after the program has ended: a server that it has started may keep them open. 5 seconds by default.
/// </param>
internal sealed class HostProcess(TimeSpan? grace = null) : IHostCommands
{
    private const int BufferLength = 1 << 16;

    // Of what a program prints as errors, the first lines tell why.
    private const int LongestError = 4_096;

    private readonly TimeSpan _grace = grace ?? TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public HostCommandResult Run(HostCommand command, ByteSink output, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Start(command);
        Pipe printed = new(process, process.StandardOutput.BaseStream, output);
        MemoryStream kept = new();
        Pipe errors = new(process, process.StandardError.BaseStream,
            bytes => kept.Write(bytes[..Math.Min(bytes.Length, LongestError - (int)kept.Length)]));
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(timeout);
        bool isInTime = true;
        try
        {
            process.WaitForExitAsync(ending.Token).GetAwaiter().GetResult();
            Task.WaitAll([printed.Reading, errors.Reading], (int)_grace.TotalMilliseconds, ending.Token);
        }
        catch (OperationCanceledException)
        {
            Stop(process);
            cancellationToken.ThrowIfCancellationRequested();
            isInTime = false;
        }
        finally
        {
            printed.Close();
            errors.Close();
        }

        printed.ThrowIfFailed();
        return new HostCommandResult(isInTime ? process.ExitCode : null, Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length));
    }

    private static Process Start(HostCommand command)
    {
        ProcessStartInfo start = new(command.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (string argument in command.Arguments)
            start.ArgumentList.Add(argument);
        try
        {
            Process process = Process.Start(start)!;

            // What is typed at the terminal is not for the program.
            process.StandardInput.Close();
            return process;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or InvalidOperationException)
        {
            throw DeviceErrors.NotStarted(command.Program, exception);
        }
    }

    /// <summary>Stops this process only: the server that adb starts serves others, too.</summary>
    private static void Stop(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Reads a pipe on a thread of its own, until its end or until it is closed.</summary>
    private sealed class Pipe
    {
        private readonly object _lock = new();
        private readonly Process _process;
        private readonly Stream _stream;
        private readonly ByteSink _sink;
        private IOException? _failure;
        private bool _isClosed;

        internal Pipe(Process process, Stream stream, ByteSink sink)
        {
            (_process, _stream, _sink) = (process, stream, sink);
            Reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        internal Task Reading { get; }

        /// <summary>Passes nothing on from now on. The thread may wait for the end of the pipe.</summary>
        internal void Close()
        {
            lock (_lock)
                _isClosed = true;
        }

        internal void ThrowIfFailed()
        {
            lock (_lock)
            {
                if (_failure is not null)
                    throw new IOException(_failure.Message, _failure);
            }
        }

        private void Read()
        {
            byte[] buffer = new byte[BufferLength];
            for (int read; (read = ReadPart(buffer)) > 0;)
            {
                lock (_lock)
                {
                    if (_isClosed)
                        return;
                    try
                    {
                        _sink(buffer.AsSpan(0, read));
                    }
                    catch (IOException exception)
                    {
                        _failure = exception;
                        _isClosed = true;
                        Stop(_process);
                        return;
                    }
                }
            }
        }

        private int ReadPart(byte[] buffer)
        {
            try
            {
                return _stream.Read(buffer);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The pipe broke, as the program did.
                return 0;
            }
        }
    }
}
