using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Kinelake.Game
{
    /// <summary>
    /// A file of items that go out together: a key (36 ASCII characters), how many of the items are the batch now
    /// (4 bytes, 0: all), then each item after its length (4 bytes). Whatever changes but its end is written anew
    /// beside it and put in its place at once, so that a process may be killed at any moment.
    /// </summary>
    internal sealed class Segment
    {
        private const int KeyLength = 36;
        private const int HeadLength = KeyLength + 4;
        private const string Beside = ".new";

        private FileStream _end;

        private Segment(string path, string key, int most)
        {
            Path = path;
            Key = key;
            Most = most;
        }

        public string Path { get; }
        public string Key { get; private set; }
        public int Most { get; private set; }
        public int Count { get; private set; }
        public long Bytes { get; private set; }

        /// <summary>An empty one that items can be added to until it is sealed.</summary>
        public static Segment New(string path)
        {
            var made = new Segment(path, Guid.NewGuid().ToString(), 0);
            made._end = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            made.Append(Head(made.Key, 0));
            return made;
        }

        /// <summary>One that an earlier process left, sealed; null where it left no whole head. A last item that was cut
        /// by the end of that process was never said to be kept, and goes.</summary>
        public static Segment Open(string path)
        {
            File.Delete(path + Beside);
            var bytes = File.ReadAllBytes(path);
            if (bytes.Length < HeadLength)
                return null;
            var found = new Segment(path, Encoding.ASCII.GetString(bytes, 0, KeyLength), Number(bytes, KeyLength));
            foreach (var item in Divided(bytes))
                found.Counted(item.Length);
            return found;
        }

        public void Add(byte[] item)
        {
            var record = new byte[4 + item.Length];
            Write(record, 0, item.Length);
            item.CopyTo(record, 4);
            Append(record);
            Counted(item.Length);
        }

        /// <summary>Nothing is added any more: what is sent stays the same in every repeat.</summary>
        public void Seal()
        {
            _end?.Dispose();
            _end = null;
        }

        public List<byte[]> Items() => Divided(File.ReadAllBytes(Path));

        /// <summary>Has other items from now on, of which the first `most` are the batch (0: all), under another key.</summary>
        public void Replace(List<byte[]> items, int most)
        {
            var key = Guid.NewGuid().ToString();
            using (var file = new FileStream(Path + Beside, FileMode.Create, FileAccess.Write))
            {
                file.Write(Head(key, most), 0, HeadLength);
                foreach (var item in items)
                {
                    var length = new byte[4];
                    Write(length, 0, item.Length);
                    file.Write(length, 0, 4);
                    file.Write(item, 0, item.Length);
                }
                file.Flush(true);
            }
            File.Replace(Path + Beside, Path, null);
            Key = key;
            Most = most;
            Count = 0;
            Bytes = 0;
            items.ForEach(item => Counted(item.Length));
        }

        public void Delete()
        {
            Seal();
            File.Delete(Path);
        }

        private void Append(byte[] bytes)
        {
            _end.Write(bytes, 0, bytes.Length);
            _end.Flush();
        }

        private void Counted(int length)
        {
            Count++;
            Bytes += length;
        }

        private static List<byte[]> Divided(byte[] bytes)
        {
            var items = new List<byte[]>();
            var at = HeadLength;
            while (at + 4 <= bytes.Length && at + 4 + Number(bytes, at) <= bytes.Length)
            {
                var item = new byte[Number(bytes, at)];
                Array.Copy(bytes, at + 4, item, 0, item.Length);
                items.Add(item);
                at += 4 + item.Length;
            }
            return items;
        }

        private static byte[] Head(string key, int most)
        {
            var head = new byte[HeadLength];
            Encoding.ASCII.GetBytes(key).CopyTo(head, 0);
            Write(head, KeyLength, most);
            return head;
        }

        private static int Number(byte[] bytes, int at) =>
            bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];

        private static void Write(byte[] bytes, int at, int number)
        {
            for (var place = 0; place < 4; place++)
                bytes[at + place] = (byte)(number >> (24 - 8 * place));
        }
    }
}
