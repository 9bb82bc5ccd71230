using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Kinelake.Game;

/// <summary>Does line by line what a test says, and answers each line with one.</summary>
public static class Driver
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static void Main(string[] arguments)
    {
        if (arguments[0] == "values")
            Console.WriteLine(BitConverter.ToString(Values()).Replace("-", ""));
        else
            Play(arguments[0], arguments[1], arguments[2], int.Parse(arguments[3]));
    }

    private static void Play(string url, string token, string folder, int most)
    {
        var player = new Player("72ab8f81-ef36-4712-a046-399a62b9afaa", "1.0.2", "ann");
        // the sender tells of refusals in a thread of its own
        var refused = new ConcurrentQueue<Refusal>();
        using (var telemetry = new Telemetry(player, new TelemetryQueue(folder, most), refused.Enqueue))
        using (new HttpSender(telemetry, url, token, Pause))
            for (string line; (line = Console.ReadLine()) != null;)
                Console.WriteLine(Done(telemetry, refused, line.Split(' ')));
    }

    private static string Done(Telemetry telemetry, ConcurrentQueue<Refusal> refused, string[] words)
    {
        switch (words[0])
        {
            case "consent": telemetry.Consent(words[1] == "True"); return "said";
            case "happens": return string.Join(" ", words.Skip(1).Select(name => Happens(telemetry, name)));
            case "nowhere": return telemetry.Event("nowhere", "session", "").ToString();
            case "wide": return Wide(telemetry, words[1]).ToString();
            case "kinds": return Kinds(telemetry).ToString();
            case "threads": return Threads(telemetry, int.Parse(words[1]));
            case "sent": return Sent(telemetry, int.Parse(words[1])).ToString();
            case "lost": return telemetry.Lost.ToString();
            case "refused": return Refused(refused, int.Parse(words[1]), int.Parse(words[2]));
            default: throw new ArgumentException(words[0]);
        }
    }

    private static string Said(Refusal refusal) =>
        refusal.Status + " " + refusal.Code + " " + refusal.Index + " " + refusal.Field + " " + refusal.Items;

    private static bool Happens(Telemetry telemetry, string name) =>
        telemetry.Event(name, "session", "Level_1", new[] { 1.5f, 0, -2 });

    private static bool Wide(Telemetry telemetry, string name)
    {
        var wide = new Dictionary<string, object> { { "all", Enumerable.Range(0, 9000).ToArray() } };
        return telemetry.Event(name, "session", "Level_1", null, wide);
    }

    private static bool Kinds(Telemetry telemetry)
    {
        var start = DateTime.UtcNow;
        var hardware = new Dictionary<string, object> { { "gpu", "RTX 4090" }, { "ram", "32GB" } };
        var fps = new Dictionary<string, object> { { "mean", 60.5 } };
        return telemetry.CreatePlayer("EU-West", hardware)
            && telemetry.FunnelStep("Tutorial_Start", "session", "Training_Grounds")
            && telemetry.Event("Jump", "session", "Level_1", new[] { 1.5f, 0, -2 },
                new Dictionary<string, object> { { "weapon", "Sword" } }, "Gamepad")
            && telemetry.Trajectory("session", new[] { 0, 0, 1, 0.5f, 0, 1 }, start, start.AddSeconds(5), fps, "Gameplay");
    }

    private static string Threads(Telemetry telemetry, int many)
    {
        var threads = Enumerable.Range(0, 8)
            .Select(thread => new Thread(() =>
            {
                for (var number = thread; number < many; number += 8)
                    Happens(telemetry, "Event_" + number);
            })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return "said";
    }

    private static bool Sent(Telemetry telemetry, int milliseconds) =>
        SpinWait.SpinUntil(() => Rested(telemetry.Waiting == 0), milliseconds);

    /// <summary>All refusals, once there are so many: what is given up leaves the queue before it is told.</summary>
    private static string Refused(ConcurrentQueue<Refusal> refused, int least, int milliseconds)
    {
        SpinWait.SpinUntil(() => Rested(refused.Count >= least), milliseconds);
        return string.Join(";", refused.Select(Said));
    }

    private static bool Rested(bool holds)
    {
        if (!holds)
            Thread.Sleep(Pause);
        return holds;
    }

    /// <summary>Values at every place where MessagePack's form changes, as one array.</summary>
    private static byte[] Values()
    {
        var values = new List<object> { null, true, false, 0.1, -1e300, 1.5f, double.MaxValue, "", "å∫ç", new object[0] };
        foreach (var edge in new[] { 0L, 32, 127, 128, 255, 256, 32768, 65535, 65536, 2147483648, 4294967295, 4294967296 })
            values.AddRange(new object[] { edge - 1, edge, edge + 1, -edge - 1, -edge, 1 - edge });
        values.AddRange(new object[] { long.MinValue, long.MaxValue, int.MinValue, (byte)7, (short)-7, 7u });
        foreach (var length in new[] { 15, 16, 31, 32, 255, 256, 65535, 65536 })
        {
            values.Add(new string('x', length));
            values.Add(new int[length]);
            values.Add(Enumerable.Range(0, length).ToDictionary(number => number.ToString(), number => (object)null));
        }
        return new MessagePackWriter().Value(values).ToArray();
    }
}
