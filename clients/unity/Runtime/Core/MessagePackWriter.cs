using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Kinelake.Game
{
    /// <summary>
    /// Writes MessagePack (the format's specification, without extension types), each value as short as it can be.
    /// Written here since serializers that generate code need a build step for ahead-of-time platforms.
    /// </summary>
    public sealed class MessagePackWriter
    {
        private const int MostDepth = 15;

        private readonly MemoryStream _bytes = new MemoryStream();

        public byte[] ToArray() => _bytes.ToArray();

        /// <summary>An array's or a map's header; its elements, or keys and values in turn, follow.</summary>
        public MessagePackWriter Array(int count) => Counted(count, 0x90, 15, null, 0xdc, 0xdd);

        public MessagePackWriter Map(int count) => Counted(count, 0x80, 15, null, 0xde, 0xdf);

        /// <summary>
        /// null, bool, whole and floating numbers, string, dictionaries with string keys, other sequences.
        /// ArgumentException for anything else, and for what lies deeper than a server takes it.
        /// </summary>
        public MessagePackWriter Value(object value, int depth = 0)
        {
            if (depth > MostDepth)
                throw new ArgumentException("a value may be " + MostDepth + " deep at most");
            if (value == null)
                return Byte(0xc0);
            if (value is bool said)
                return Byte(said ? 0xc3 : 0xc2);
            if (value is string text)
                return Text(text);
            if (value is float single)
                return Single(single);
            if (value is double number)
                return Double(number);
            if (value is sbyte || value is byte || value is short || value is ushort || value is int || value is uint ||
                value is long)
                return Integer(Convert.ToInt64(value, CultureInfo.InvariantCulture));
            if (value is IDictionary<string, object> members)
                return Members(members, depth);
            if (value is IEnumerable elements)
                return Elements(elements, depth);
            throw new ArgumentException("cannot send a " + value.GetType().Name);
        }

        private MessagePackWriter Members(IDictionary<string, object> members, int depth)
        {
            Map(members.Count);
            foreach (var member in members)
                Text(member.Key).Value(member.Value, depth + 1);
            return this;
        }

        private MessagePackWriter Elements(IEnumerable elements, int depth)
        {
            var found = new List<object>();
            foreach (var element in elements)
                found.Add(element);
            Array(found.Count);
            foreach (var element in found)
                Value(element, depth + 1);
            return this;
        }

        private MessagePackWriter Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Counted(bytes.Length, 0xa0, 31, 0xd9, 0xda, 0xdb);
            _bytes.Write(bytes, 0, bytes.Length);
            return this;
        }

        private MessagePackWriter Integer(long value)
        {
            if (value >= 0)
                return Unsigned((ulong)value);
            if (value >= -32)
                return Byte((int)(value & 0xff));
            if (value >= sbyte.MinValue)
                return Byte(0xd0).BigEndian((ulong)value, 1);
            if (value >= short.MinValue)
                return Byte(0xd1).BigEndian((ulong)value, 2);
            return value >= int.MinValue ? Byte(0xd2).BigEndian((ulong)value, 4) : Byte(0xd3).BigEndian((ulong)value, 8);
        }

        private MessagePackWriter Unsigned(ulong value)
        {
            if (value < 0x80)
                return Byte((int)value);
            if (value <= byte.MaxValue)
                return Byte(0xcc).BigEndian(value, 1);
            if (value <= ushort.MaxValue)
                return Byte(0xcd).BigEndian(value, 2);
            return value <= uint.MaxValue ? Byte(0xce).BigEndian(value, 4) : Byte(0xcf).BigEndian(value, 8);
        }

        private MessagePackWriter Double(double value) =>
            Byte(0xcb).BigEndian((ulong)BitConverter.DoubleToInt64Bits(value), 8);

        private MessagePackWriter Single(float value)
        {
            var bytes = BitConverter.GetBytes(value);
            return Byte(0xca).BigEndian(BitConverter.ToUInt32(bytes, 0), 4);
        }

        /// <summary>A header: within its first byte, else after a marker in 1 (where there is one), 2 or 4 bytes.</summary>
        private MessagePackWriter Counted(int count, int within, int most, int? in1, int in2, int in4)
        {
            if (count <= most)
                return Byte(within | count);
            if (in1.HasValue && count <= byte.MaxValue)
                return Byte(in1.Value).BigEndian((ulong)count, 1);
            return count <= ushort.MaxValue
                ? Byte(in2).BigEndian((ulong)count, 2)
                : Byte(in4).BigEndian((ulong)count, 4);
        }

        private MessagePackWriter BigEndian(ulong value, int width)
        {
            for (var shift = 8 * (width - 1); shift >= 0; shift -= 8)
                _bytes.WriteByte((byte)(value >> shift));
            return this;
        }

        private MessagePackWriter Byte(int value)
        {
            _bytes.WriteByte((byte)value);
            return this;
        }
    }
}
