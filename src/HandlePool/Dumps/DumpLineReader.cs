using System.Text;
using HandlePool.IO;

namespace HandlePool.Dumps;

/// <summary>Splits a stream into lines of bytes. Memory does not grow with the file.</summary>
/// <remarks>From the second megabyte on, another thread reads ahead: see <see cref="LinesAhead"/>.</remarks>
internal sealed class DumpLineReader : IDisposable
{
    // Most of the texts in a folder of reports are short. What fills the first buffer is read in larger parts.
    private const int FirstBufferSize = 1 << 12;
    private const int UsualBufferSize = 1 << 16;

    // Longer lines are references without line feeds between them, or not of a dump.
    private const int LargestBufferSize = 1 << 20;
    private const int ExcerptLength = 80;

    // So much is read sooner than another thread has begun.
    private const int ReadAtOnce = 1 << 20;

    private readonly Stream _stream;
    private readonly int _readAtOnce;
    private readonly int _blockSize;
    private readonly CancellationToken _cancellationToken;
    private LinesAhead? _ahead;
    private bool _parsesAhead;

    // The block that is the buffer; null where the buffer is of this object.
    private LinesAhead.Block? _block;
    private byte[] _buffer = new byte[FirstBufferSize];
    private long _bufferOffset;
    private int _start;
    private int _end;
    private bool _isAtEnd;
    private bool _inFragment;

    /// <summary>Reads from a stream, which the caller closes after this object. UTF-16 with a byte order mark is transcoded.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <param name="readAtOnce">The number of bytes that are read before another thread reads ahead: at least the length of a byte order mark.</param>
    /// <param name="blockSize">The number of bytes that it reads at once.</param>
    internal DumpLineReader(Stream stream, CancellationToken cancellationToken, int readAtOnce = ReadAtOnce, int blockSize = LinesAhead.UsualBlockSize)
    {
        _readAtOnce = readAtOnce;
        _blockSize = blockSize;
        _stream = stream;
        _cancellationToken = cancellationToken;
        do
        {
            Fill();
        }
        while (_end < Encoding.UTF8.Preamble.Length && !_isAtEnd);

        ReadOnlySpan<byte> head = _buffer.AsSpan(0, _end);
        if (head.StartsWith(Encoding.UTF8.Preamble))
        {
            _start = Encoding.UTF8.Preamble.Length;
        }
        else if (head.StartsWith(Encoding.Unicode.Preamble) || head.StartsWith(Encoding.BigEndianUnicode.Preamble))
        {
            Encoding encoding = head.StartsWith(Encoding.Unicode.Preamble) ? Encoding.Unicode : Encoding.BigEndianUnicode;
            _stream = Encoding.CreateTranscodingStream(new PrefixedStream(head[2..].ToArray(), stream), encoding, Encoding.UTF8);
            _start = _end = 0;
            _isAtEnd = false;
        }
    }

    internal enum LineKind
    {
        /// <summary>A line up to its line feed, or a part of an overlong one, up to a reference.</summary>
        Whole,

        /// <summary>The last line, without a line feed.</summary>
        Unterminated,

        /// <summary>The beginning of a line that is too long for a dump; the rest is skipped.</summary>
        Overlong,
    }

    /// <summary>Gets the number of the last line, from 1.</summary>
    internal long Line { get; private set; }

    /// <summary>Gets the text behind the last line that is in memory; empty within an overlong line. It is valid until the next call of <see cref="TryRead"/>.</summary>
    internal ReadOnlySpan<byte> Buffered => _inFragment ? [] : _buffer.AsSpan(_start, _end - _start);

    /// <summary>Gets the number of bytes before <see cref="Buffered"/>.</summary>
    internal long Offset => _bufferOffset + _start;

    /// <summary>Gets the place of <see cref="Buffered"/>, where lines were parsed ahead.</summary>
    internal ParsedPlace Place => new(_block?.Lines, _start);

    /// <summary>Gets or sets whether references and nodes are likely to follow, so that they are parsed ahead.</summary>
    internal bool ParsesAhead
    {
        get => _parsesAhead;
        set
        {
            if (_parsesAhead == value)
                return;
            _parsesAhead = value;
            if (_ahead is not null)
                _ahead.Parses = value;
        }
    }

    /// <summary>Ends the reading ahead.</summary>
    public void Dispose() => _ahead?.Dispose();

    /// <summary>Passes over lines at the beginning of <see cref="Buffered"/>.</summary>
    internal void Skip(int length, int lines)
    {
        _start += length;
        Line += lines;
    }

    /// <summary>Reads a line, without its end. The span is valid until the next call.</summary>
    internal bool TryRead(out ReadOnlySpan<byte> line, out LineKind kind)
    {
        int searched = 0;
        while (true)
        {
            int feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                int length = searched + feed;
                line = TrimReturn(_buffer.AsSpan(_start, length));
                kind = LineKind.Whole;
                _start += length + 1;
                Count(goesOn: false);
                return true;
            }

            searched = _end - _start;
            if (_isAtEnd)
            {
                line = TrimReturn(_buffer.AsSpan(_start, searched));
                kind = LineKind.Unterminated;
                _start = _end;
                if (searched > 0)
                    Count(goesOn: false);
                return searched > 0;
            }

            if (searched == LargestBufferSize)
            {
                ReadOverlong(out line, out kind);
                return true;
            }

            Fill();
        }
    }

    /// <summary>Removes the carriage returns at the end of a line: a terminal adds one to each line feed, and each further one another.</summary>
    internal static ReadOnlySpan<byte> TrimReturn(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line.TrimEnd((byte)'\r') : line;

    private void ReadOverlong(out ReadOnlySpan<byte> line, out LineKind kind)
    {
        int cut = _buffer.AsSpan(0, _end).LastIndexOf(" ref "u8);
        if (cut > 0)
        {
            line = _buffer.AsSpan(0, cut);
            kind = LineKind.Whole;
            _start = cut;
            Count(goesOn: true);
            return;
        }

        byte[] excerpt = _buffer.AsSpan(0, ExcerptLength).ToArray();
        Count(goesOn: false);
        while (true)
        {
            int feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            _start = feed >= 0 ? _start + feed + 1 : _end;
            if (feed >= 0 || _isAtEnd)
                break;
            Fill();
        }

        line = excerpt;
        kind = LineKind.Overlong;
    }

    private void Count(bool goesOn)
    {
        if (!_inFragment)
            Line++;
        _inFragment = goesOn;
    }

    /// <summary>Puts more behind the unread bytes.</summary>
    private void Fill()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        int unread = _end - _start;
        if (_ahead is null && _bufferOffset + _end >= _readAtOnce && unread <= _blockSize / 2)
        {
            _ahead = new LinesAhead(_stream, _buffer.AsSpan(_start, unread), _blockSize, _parsesAhead, _cancellationToken);
            TakeBlock();
        }
        else if (_ahead is { IsWithinBlock: false } && unread == 0)
        {
            TakeBlock();
        }
        else
        {
            MakeRoom();
            int read = _ahead?.Copy(_buffer.AsSpan(_end), _cancellationToken) ?? _stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _isAtEnd = read == 0;
        }
    }

    /// <summary>Makes the next block the buffer. What was unread is unread again, or in the block.</summary>
    private void TakeBlock()
    {
        _bufferOffset += _start;
        (_start, _end) = (0, 0);
        if (_block is not null)
            _ahead!.Return(_block);
        _block = _ahead!.Take(_cancellationToken);
        (_buffer, _end, _isAtEnd) = _block is null ? ([], 0, true) : (_block.Bytes, _block.Length, false);
    }

    /// <summary>Moves the unread bytes to the front of a buffer, and enlarges it if they fill it.</summary>
    private void MakeRoom()
    {
        bool hasFilledFirst = _end == FirstBufferSize && _buffer.Length == FirstBufferSize;
        if (_block is not null)
        {
            byte[] own = new byte[Math.Max(UsualBufferSize, 2 * _buffer.Length)];
            _buffer.AsSpan(0, _end).CopyTo(own);
            _buffer = own;
            _ahead!.Return(_block);
            _block = null;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _bufferOffset += _start;
            _start = 0;
        }

        if (hasFilledFirst)
            Array.Resize(ref _buffer, UsualBufferSize);
        else if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
    }
}
