using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace HandlePool.Dumps;

/// <summary>Reads a long text in another thread, in blocks of whole lines, and parses those that are as drivers print them.</summary>
/// <remarks>
/// <para>What is read does not depend on how far the other thread is. It is a few blocks ahead at most, so that memory does not grow with the text.</para>
/// <para>Memory: <see cref="BlockCount"/> blocks of <see cref="UsualBlockSize"/>, and what is parsed of them, each line of at least 31 bytes in 56.</para>
/// </remarks>
internal sealed class LinesAhead : IDisposable
{
    /// <summary>The usual size of a block, in bytes.</summary>
    internal const int UsualBlockSize = 1 << 17;

    private const int BlockCount = 4;

    private readonly Stream _stream;
    private readonly CancellationTokenSource _stopping;
    private readonly BlockingCollection<Block> _unused = [];
    private readonly BlockingCollection<Block> _filled = [];
    private readonly Task _reading;

    // The bytes behind the last line feed of the block before.
    private readonly byte[] _rest;
    private int _restLength;

    // Why the text ends, if it is not its end. The thread that reads writes it before it completes the blocks.
    private ExceptionDispatchInfo? _failure;

    // The block that is being copied.
    private Block? _copied;
    private int _copiedLength;
    private volatile bool _parses;

    /// <summary>Begins to read.</summary>
    /// <param name="stream">The stream, which nothing else may use before <see cref="Dispose"/>.</param>
    /// <param name="head">What was read of it before, and comes first; at most half a block.</param>
    /// <param name="blockSize">The size of a block, in bytes.</param>
    /// <param name="parses">Whether to parse the lines.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    internal LinesAhead(Stream stream, ReadOnlySpan<byte> head, int blockSize, bool parses, CancellationToken cancellationToken)
    {
        _stream = stream;
        _parses = parses;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _rest = new byte[blockSize];
        head.CopyTo(_rest);
        _restLength = head.Length;
        for (int index = 0; index < BlockCount; index++)
            _unused.Add(new Block(blockSize), CancellationToken.None);
        _reading = Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Sets whether to parse the lines of blocks that are read from now on.</summary>
    internal bool Parses
    {
        set => _parses = value;
    }

    /// <summary>Gets whether part of a block has been copied, so that its rest must be.</summary>
    internal bool IsWithinBlock => _copied is not null;

    /// <summary>Stops reading, and waits until the stream is no longer used.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _reading.Wait();
        _stopping.Dispose();
        _unused.Dispose();
        _filled.Dispose();
    }

    /// <summary>Takes the next block, which is used until <see cref="Return"/>.</summary>
    /// <returns>Null at the end of the text.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal Block? Take(CancellationToken cancellationToken)
    {
        if (_filled.TryTake(out Block? block, Timeout.Infinite, cancellationToken))
            return block;
        _failure?.Throw();
        return null;
    }

    /// <summary>Gives a block back, to be filled again.</summary>
    internal void Return(Block block) => _unused.Add(block);

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Their number; 0 at the end of the text.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal int Copy(Span<byte> target, CancellationToken cancellationToken)
    {
        if (_copied is null)
        {
            (_copied, _copiedLength) = (Take(cancellationToken), 0);
            if (_copied is null)
                return 0;
        }

        int length = Math.Min(target.Length, _copied.Length - _copiedLength);
        _copied.Bytes.AsSpan(_copiedLength, length).CopyTo(target);
        _copiedLength += length;
        if (_copiedLength == _copied.Length)
        {
            Return(_copied);
            _copied = null;
        }

        return length;
    }

    private void ReadAll()
    {
        try
        {
            while (Fill(_unused.Take(_stopping.Token)))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever cancelled does not want the rest.
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
        finally
        {
            _filled.CompleteAdding();
        }
    }

    /// <summary>Fills a block, up to the end of a line if there is one, and hands it over.</summary>
    /// <returns>False at the end of the text.</returns>
    private bool Fill(Block block)
    {
        _rest.AsSpan(0, _restLength).CopyTo(block.Bytes);
        int length = _restLength;
        bool isAtEnd = false;
        while (length < block.Bytes.Length && !isAtEnd)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            int read = Read(block.Bytes.AsSpan(length));
            length += read;
            isAtEnd = read == 0;
        }

        int whole = block.Bytes.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        if (isAtEnd || whole == 0)
            whole = length;
        _restLength = length - whole;
        block.Bytes.AsSpan(whole, _restLength).CopyTo(_rest);
        block.Length = whole;
        block.Lines.Clear();
        if (_parses)
            block.Lines.Parse(block.Bytes.AsSpan(0, whole));
        if (whole > 0)
            _filled.Add(block);
        return !isAtEnd;
    }

    /// <summary>Reads from the stream. A failure is thrown where the text before it was taken.</summary>
    private int Read(Span<byte> buffer)
    {
        try
        {
            return _stream.Read(buffer);
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            return 0;
        }
    }

    /// <summary>Holds bytes, and the lines in them that were parsed.</summary>
    internal sealed class Block(int size)
    {
        internal byte[] Bytes { get; } = new byte[size];

        internal int Length { get; set; }

        internal ParsedLines Lines { get; } = new();
    }
}
