using System.Reflection;
using HandlePool.Measurements;
using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Tests that the words that are counted for an allocator are those that its bitmap reads and writes.</summary>
public class WordCountTests(ITestOutputHelper output)
{
    private delegate int Search<TBitmap>(ref TBitmap map, int start);

    private delegate bool Change<TBitmap>(ref TBitmap map, int index);

    private delegate bool Question<TBitmap>(ref TBitmap map, int start, int used);

    private delegate void Resizing<TBitmap>(ref TBitmap map, in TBitmap memory, int length);

    public static TheoryData<HandleAllocator, int> AllocatorsAndSizes
    {
        get
        {
            TheoryData<HandleAllocator, int> cases = [];
            foreach (HandleAllocator allocator in PoolBuilder.IdPools)
            {
                foreach (int live in new[] { 20, 64, 500, 5_000, 70_000 })
                    cases.Add(allocator, live);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(AllocatorsAndSizes))]
    public void Counted_words_are_those_that_the_bitmap_touches(HandleAllocator allocator, int live)
    {
        switch (allocator)
        {
            case HandleAllocator.SegmentedBitmap:
                new Run<SegmentedBitmap>(allocator, output).Play(live);
                break;
            case HandleAllocator.HierarchicalBitmap:
                new Run<HierarchicalBitmap>(allocator, output).Play(live);
                break;
            case HandleAllocator.FdTwoLevel:
                new Run<FdTwoLevelBitmap>(allocator, output).Play(live);
                break;
            default:
                new Run<FlatBitmap>(allocator, output).Play(live);
                break;
        }
    }

    /// <summary>Plays a pool with the copies of the bitmap's methods, beside the counts.</summary>
    private sealed class Run<TBitmap>
        where TBitmap : struct, IIdBitmap<TBitmap>
    {
        private const int Seed = 20_261_126;

        private readonly AllocatorWords _words;
        private readonly Search<TBitmap> _find;
        private readonly Change<TBitmap> _set, _clear;
        private readonly Question<TBitmap> _isClear, _isCertain;
        private readonly Resizing<TBitmap> _resize;
        private readonly Random _random = new(Seed);
        private TBitmap _map = TBitmap.Create(IdPool.MinCapacity);
        private ulong[] _bits = new ulong[1];
        private int _used;
        private int _step;
        private bool _counts;

        internal Run(HandleAllocator allocator, ITestOutputHelper output)
        {
            output.WriteLine($"seed {Seed}");
            CountingCode code = new();
            _words = AllocatorWords.Of(allocator);
            _find = code.Copy<Search<TBitmap>>(typeof(TBitmap), nameof(_map.NextZeroBit));
            _set = code.Copy<Change<TBitmap>>(typeof(TBitmap), nameof(_map.TrySet));
            _clear = code.Copy<Change<TBitmap>>(typeof(TBitmap), nameof(_map.TryClear));
            _isClear = code.Copy<Question<TBitmap>>(typeof(TBitmap), nameof(_map.IsClearFrom));
            _isCertain = code.Copy<Question<TBitmap>>(typeof(TBitmap), nameof(_map.IsCertainlyClearFrom));
            _resize = code.Copy<Resizing<TBitmap>>(typeof(TBitmap), nameof(_map.Resize));
        }

        internal void Play(int live)
        {
            while (_used < live)
            {
                _counts = IsNearEdge;
                Take();
            }

            _counts = true;
            List<int> held = [.. Enumerable.Range(1, live)];
            foreach (int most in new[] { 1, 2, 3, 30 })
            {
                for (int i = 0; i < 60; i++)
                {
                    int count = Math.Min(held.Count, _random.Next(most) + 1);
                    for (int j = 0; j < count; j++)
                    {
                        int at = _random.Next(held.Count);
                        Release(held[at]);
                        held.RemoveAt(at);
                    }

                    for (int j = 0; j < count; j++)
                        held.Add(Take());
                }
            }

            // Every fourth from the end, so that some are left when the pool shrinks; then all.
            held.Sort();
            for (int at = held.Count - 1; at >= 0; at -= 4)
            {
                _counts = IsNearEdge;
                Release(held[at]);
                held.RemoveAt(at);
            }

            for (int at = held.Count - 1; at >= 0; at--)
            {
                _counts = IsNearEdge || held[at] % 100 == 0;
                Release(held[at]);
            }
        }

        /// <summary>Gets whether the number of used IDs is one at which something may change. All would take long.</summary>
        private bool IsNearEdge => _used % 64 < 4 && (_used < 300 || _used % 4096 < 200);

        private int Take()
        {
            int last = _map.LastBit();
            Begin();
            int found = _find(ref _map, AllocatorWords.FirstId);
            End("find", _words.Find(_bits, last, found), found);
            if (found < 0)
            {
                Resize(2 * _map.Length);
                return Take();
            }

            Begin();
            Assert.True(_set(ref _map, found));
            _bits[found >> 6] |= 1UL << found;
            End("set", _words.Set(_bits, ++_used, found), found);
            return found;
        }

        private void Release(int id)
        {
            Begin();
            Assert.True(_clear(ref _map, id));
            _bits[id >> 6] &= ~(1UL << id);
            End("clear", _words.Clear(_bits, _used--, id), id);
            int capacity = _map.Length;
            if (capacity == IdPool.MinCapacity || !IsClear(capacity / 4))
                return;
            int to = IsClear(0) ? IdPool.MinCapacity : Math.Max(IdPool.MinCapacity, capacity / 2);
            _counts = true;
            Begin();
            Assert.True(_isCertain(ref _map, to, _used));
            End("make certain", _words.MakeCertain(capacity, to), to);
            Resize(to);
        }

        private bool IsClear(int start)
        {
            int last = _map.LastBit();
            Begin();
            bool isClear = _isClear(ref _map, start, _used);
            End("ask", _words.AskClear(_bits, _used, last, start), start);
            return isClear;
        }

        private void Resize(int to)
        {
            int from = _map.Length;
            TBitmap memory = TBitmap.AllocateResize(from, to);
            _counts = true;
            Begin(memory);
            _resize(ref _map, memory, to);
            End("resize", _words.Adopt(_bits, from, to), to);
            Array.Resize(ref _bits, to >> 6);
        }

        private void Begin(object? memory = null)
        {
            if (_counts)
                TouchedWords.Begin([.. ArraysOf(_map), .. ArraysOf(memory)]);
        }

        private void End(string what, long counted, int id)
        {
            _step++;
            int touched = TouchedWords.End();
            if (_counts && touched != counted)
                Assert.Fail($"Step {_step}, {what} {id} of {_map.Length} bits, {_used} used: {touched} words are touched, {counted} are counted.");
        }

        private static IEnumerable<ulong[]> ArraysOf(object? value)
        {
            if (value is ulong[] words)
                return [words];
            if (value is Array array)
                return array.Cast<object?>().SelectMany(ArraysOf);
            return value is null || value.GetType().Assembly != typeof(IdPool).Assembly ? []
                : value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).SelectMany(field => ArraysOf(field.GetValue(value)));
        }
    }
}
