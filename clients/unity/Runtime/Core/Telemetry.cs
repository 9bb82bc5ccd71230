using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kinelake.Game
{
    /// <summary>Who plays what: said of every item.</summary>
    public sealed class Player
    {
        public Player(string appId, string buildId, string playerId)
        {
            AppId = appId;
            BuildId = buildId;
            PlayerId = playerId;
        }

        public string AppId { get; }
        public string BuildId { get; }
        public string PlayerId { get; }
    }

    /// <summary>What a server said to a batch; Status 0 where it said nothing.</summary>
    public struct Answer
    {
        public int Status;
        public string RetryAfter;
        public string Body;

        /// <summary>A network that asks for a sign-in answers 200 as well.</summary>
        internal bool IsTaken => Status == 200 && Regex.IsMatch(Body ?? "", "\"status\"\\s*:\\s*\"queued\"");
    }

    /// <summary>Why items were given up: the answer's status and error, and the item and field at fault where it says so.</summary>
    public sealed class Refusal
    {
        internal Refusal(Answer answer)
        {
            var body = answer.Body ?? "";
            Status = answer.Status;
            Code = Text(body, "error") ?? "unknown";
            Field = Text(body, "field");
            var index = Regex.Match(body, "\"index\"\\s*:\\s*(\\d{1,6})");
            Index = index.Success ? int.Parse(index.Groups[1].Value, CultureInfo.InvariantCulture) : (int?)null;
        }

        public int Status { get; }
        public string Code { get; }
        public int? Index { get; }
        public string Field { get; }
        public int Items { get; internal set; }

        public override string ToString() =>
            Items + " items given up: " + Status + " " + Code + " (index " + Index + ", field " + Field + ")";

        private static string Text(string body, string name)
        {
            var found = Regex.Match(body, "\"" + name + "\"\\s*:\\s*\"([^\"\\\\]{0,128})\"");
            return found.Success ? found.Groups[1].Value : null;
        }
    }

    /// <summary>
    /// Telemetry of one player, without input or output of its own: whoever drives it asks for the next batch, sends it
    /// and says what was answered. Without Consent(true) it keeps and gives nothing. Any thread may call it.
    /// </summary>
    public sealed class Telemetry : IDisposable
    {
        public const string Path = "/api/events";
        private const double FirstWaitSeconds = 1, MostWaitSeconds = 60, MostAskedSeconds = 600;
        private const string Withdrawn = "consent_required";

        private readonly Player _player;
        private readonly TelemetryQueue _queue;
        private readonly Action<Refusal> _refused;
        private readonly Random _random = new Random();
        private readonly object _gate = new object();
        private bool _given;
        private int _failures;
        private int _lost;
        private DateTime _notBefore = DateTime.MinValue;

        /// <param name="refused">Is told of what the server will not take.</param>
        public Telemetry(Player player, TelemetryQueue queue, Action<Refusal> refused)
        {
            _player = player;
            _queue = queue;
            _refused = refused;
        }

        /// <summary>The player withdrew: whoever is sending a batch breaks it off.</summary>
        public event Action ConsentWithdrawn = () => { };

        /// <summary>Items that the queue had no room for.</summary>
        public int Lost { get { lock (_gate) return _lost; } }

        public int Waiting { get { lock (_gate) return _queue.Count; } }

        /// <summary>
        /// What the player says; withdrawn, all that waits is removed and nothing more is given. Of a request that is on
        /// its way in this moment the server may have all it needs.
        /// </summary>
        public void Consent(bool given)
        {
            lock (_gate)
            {
                _given = given;
                if (!given)
                    _queue.Clear();
            }
            if (!given)
                ConsentWithdrawn();
        }

        /// <summary>The player introduces itself; true where it was kept, as of all that follow.</summary>
        public bool CreatePlayer(string region, IDictionary<string, object> hardware) =>
            Put(Item(("event_name", "Create_Player"), ("region", region), ("hardware", hardware), Now()));

        public bool FunnelStep(string name, string sessionId, string levelId) =>
            Put(Item(("funnel_step_name", name), ("session_id", sessionId), ("level_id", levelId), Now()));

        /// <param name="position">x, y, z in world units, or null.</param>
        public bool Event(string name, string sessionId, string levelId, float[] position = null,
            IDictionary<string, object> customData = null, string inputMethod = null) =>
            Put(Item(("event_name", name), ("session_id", sessionId), ("level_id", levelId), ("position", position),
                ("custom_data", customData), ("input_method", inputMethod), Now()));

        /// <param name="positions">x, y, z of samples at equal distances in time, from start to end.</param>
        /// <param name="fps">mean, low_5, low_1, or null.</param>
        public bool Trajectory(string sessionId, float[] positions, DateTime start, DateTime end,
            IDictionary<string, object> fps = null, string status = null, string inputMethod = null) =>
            Put(Item(("session_id", sessionId), ("positions", positions), ("fps", fps), ("status", status),
                ("input_method", inputMethod), ("timestamp_start", Time(start)), ("timestamp_end", Time(end))));

        /// <summary>The batch to send now; null while there is none, or the server is to be left alone.</summary>
        public Batch Next(DateTime now)
        {
            lock (_gate)
                return _given && now >= _notBefore ? _queue.Take() : null;
        }

        /// <summary>Whether the batch may still be sent.</summary>
        public bool Holds(Batch batch)
        {
            lock (_gate)
                return _given && _queue.Holds(batch);
        }

        /// <summary>The body of a batch.</summary>
        public static byte[] Body(Batch batch)
        {
            var body = new List<byte>(new MessagePackWriter().Array(batch.Items.Count).ToArray());
            foreach (var item in batch.Items)
                body.AddRange(item);
            return body.ToArray();
        }

        /// <summary>Says what became of the batch that Next gave.</summary>
        public void Answered(Batch batch, Answer answer, DateTime now)
        {
            Refusal refusal = null;
            lock (_gate)
            {
                if (!_queue.Holds(batch))
                    return;
                var elsewhere = answer.Status == 0 || (answer.Status == 200 && !answer.IsTaken);
                if (elsewhere || answer.Status == 408 || answer.Status == 429 || answer.Status >= 500)
                {
                    _notBefore = now.AddSeconds(Wait(answer.RetryAfter));
                    return;
                }
                _failures = 0;
                if (answer.IsTaken)
                    _queue.Done(batch);
                else
                    refusal = GivenUp(batch, new Refusal(answer));
            }
            if (refusal != null)
                _refused(refusal);
        }

        /// <summary>Keeps and gives nothing from now on; what waits stays on disk for the next start.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                _given = false;
                _queue.Dispose();
            }
        }

        /// <summary>All of it, or the one item at fault; null for what has no such item, which goes on in halves.</summary>
        private Refusal GivenUp(Batch batch, Refusal refusal)
        {
            refusal.Items = 1;
            if (refusal.Code == Withdrawn)
            {
                refusal.Items = _queue.Count;
                _given = false;
                _queue.Clear();
            }
            else if (refusal.Index < batch.Items.Count)
                _queue.Without(batch, refusal.Index.Value);
            else if ((refusal.Status == 400 || refusal.Status == 413) && batch.Items.Count > 1)
            {
                _queue.Halve(batch);
                return null;
            }
            else
            {
                refusal.Items = batch.Items.Count;
                _queue.Done(batch);
            }
            return refusal;
        }

        /// <summary>Longer from time to time and never the same for all clients; at least what the server asked for.</summary>
        private double Wait(string retryAfter)
        {
            var most = Math.Min(MostWaitSeconds, FirstWaitSeconds * Math.Pow(2, Math.Min(_failures++, 16)));
            int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var asked);
            return Math.Min(asked, MostAskedSeconds) + _random.NextDouble() * most;
        }

        private bool Put(byte[] item)
        {
            if (item.Length > TelemetryQueue.MostBytesOfBatch)
                throw new ArgumentException("an item of " + item.Length + " bytes is too large: send it in parts");
            lock (_gate)
            {
                if (!_given)
                    return false;
                var kept = _queue.Put(item);
                _lost += kept ? 0 : 1;
                return kept;
            }
        }

        private byte[] Item(params (string Name, object Value)[] members)
        {
            var writer = new MessagePackWriter().Map(3 + members.Length);
            writer.Value("app_id").Value(_player.AppId).Value("build_id").Value(_player.BuildId);
            writer.Value("player_id").Value(_player.PlayerId);
            foreach (var member in members)
                writer.Value(member.Name).Value(member.Value);
            return writer.ToArray();
        }

        private static (string, object) Now() => ("timestamp", Time(DateTime.UtcNow));

        private static string Time(DateTime time) =>
            time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
    }
}
