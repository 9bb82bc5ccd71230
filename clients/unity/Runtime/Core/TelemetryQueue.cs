using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Kinelake.Game
{
    /// <summary>Items that go out together, now and in every repeat, under one Idempotency-Key.</summary>
    public sealed class Batch
    {
        internal Batch(Segment segment, string key, List<byte[]> items)
        {
            Segment = segment;
            Key = key;
            Items = items;
        }

        public string Key { get; }
        public IReadOnlyList<byte[]> Items { get; }
        internal Segment Segment { get; }
    }

    /// <summary>
    /// Items that wait to be sent, in files that outlive the process: bounded, in order, each in one batch at a time.
    /// Of one process at a time and one thread at a time; IOException where its folder cannot be used.
    /// </summary>
    public sealed class TelemetryQueue : IDisposable
    {
        public const int MostItemsOfBatch = 1000;
        public const long MostBytesOfBatch = 4 * 1024 * 1024 - 16;

        private readonly string _folder;
        private readonly int _mostItems;
        private readonly long _mostBytes;
        private readonly FileStream _lock;
        private readonly LinkedList<Segment> _segments = new LinkedList<Segment>();
        private Segment _open;
        private long _number;

        public TelemetryQueue(string folder, int mostItems = 10000, long mostBytes = 64L * 1024 * 1024)
        {
            _folder = folder;
            _mostItems = mostItems;
            _mostBytes = mostBytes;
            Directory.CreateDirectory(folder);
            _lock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            foreach (var path in Directory.GetFiles(folder, "*.segment").OrderBy(path => path, StringComparer.Ordinal))
                Found(path);
        }

        public int Count => _segments.Sum(segment => segment.Count);

        /// <summary>Keeps an item; false where there is no room for it.</summary>
        public bool Put(byte[] item)
        {
            if (Count >= _mostItems || _segments.Sum(segment => segment.Bytes) + item.Length > _mostBytes)
                return false;
            if (_open != null && (_open.Count >= MostItemsOfBatch || _open.Bytes + item.Length > MostBytesOfBatch))
                Seal();
            if (_open == null)
                _segments.AddLast(_open = Segment.New(Named(++_number)));
            _open.Add(item);
            return true;
        }

        /// <summary>The oldest batch: the same until it is ended; null where nothing waits.</summary>
        public Batch Take()
        {
            var oldest = _segments.First?.Value;
            if (oldest == null)
                return null;
            if (oldest == _open)
                Seal();
            var items = oldest.Items();
            return new Batch(oldest, oldest.Key, oldest.Most == 0 ? items : items.Take(oldest.Most).ToList());
        }

        /// <summary>Whether the batch is the one that was taken last, and not ended since.</summary>
        public bool Holds(Batch batch) => _segments.First?.Value == batch.Segment && batch.Segment.Key == batch.Key;

        /// <summary>Removes the batch: its items were taken, or never will be.</summary>
        public void Done(Batch batch) => Left(batch, items => items.RemoveRange(0, batch.Items.Count), 0);

        /// <summary>Ends the batch without the item of that index; nothing of it was taken.</summary>
        public void Without(Batch batch, int index) => Left(batch, items => items.RemoveAt(index), 0);

        /// <summary>Ends the batch, of which nothing was taken: the next one has half of its items.</summary>
        public void Halve(Batch batch) => Left(batch, items => { }, batch.Items.Count / 2);

        /// <summary>Removes all items.</summary>
        public void Clear()
        {
            foreach (var segment in _segments)
                segment.Delete();
            _segments.Clear();
            _open = null;
        }

        /// <summary>Lets another process have the folder; the items stay.</summary>
        public void Dispose()
        {
            _open?.Seal();
            _lock.Dispose();
        }

        private void Found(string path)
        {
            _number = long.Parse(Path.GetFileNameWithoutExtension(path));
            var found = Segment.Open(path);
            if (found == null || found.Count == 0)
                File.Delete(path);
            else
                _segments.AddLast(found);
        }

        private void Left(Batch batch, Action<List<byte[]>> removing, int most)
        {
            if (!Holds(batch))
                throw new ArgumentException("the batch has ended");
            var items = batch.Segment.Items();
            removing(items);
            if (items.Count > 0)
            {
                batch.Segment.Replace(items, most);
                return;
            }
            batch.Segment.Delete();
            _segments.RemoveFirst();
        }

        private void Seal()
        {
            _open.Seal();
            _open = null;
        }

        private string Named(long number) => Path.Combine(_folder, number.ToString("D12") + ".segment");
    }
}
