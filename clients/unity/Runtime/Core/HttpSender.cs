using System;
using System.IO;
using System.Net;
using System.Threading;

namespace Kinelake.Game
{
    /// <summary>Sends a Telemetry's batches from a thread of its own: for game servers and tools without Unity.</summary>
    public sealed class HttpSender : IDisposable
    {
        private const int TimeoutMilliseconds = 10000, MostAnswer = 64 * 1024;

        private readonly Telemetry _telemetry;
        private readonly Uri _url;
        private readonly string _token;
        private readonly TimeSpan _pause;
        private readonly ManualResetEvent _ended = new ManualResetEvent(false);
        private readonly Thread _thread;
        private volatile HttpWebRequest _request;

        /// <param name="pause">Between two looks for something to send.</param>
        public HttpSender(Telemetry telemetry, string url, string token, TimeSpan pause)
        {
            _telemetry = telemetry;
            _url = new Uri(new Uri(url), Telemetry.Path);
            _token = token;
            _pause = pause;
            telemetry.ConsentWithdrawn += BreakOff;
            _thread = new Thread(Run) { IsBackground = true, Name = "kinelake-game" };
            _thread.Start();
        }

        /// <summary>Ends after the request it is at; what waits stays on disk for the next start.</summary>
        public void Dispose()
        {
            _ended.Set();
            _thread.Join();
            _telemetry.ConsentWithdrawn -= BreakOff;
        }

        private void BreakOff() => _request?.Abort();

        private void Run()
        {
            while (!_ended.WaitOne(_pause))
                for (Batch batch; !_ended.WaitOne(0) && (batch = _telemetry.Next(DateTime.UtcNow)) != null;)
                    _telemetry.Answered(batch, Sent(batch), DateTime.UtcNow);
        }

        private Answer Sent(Batch batch)
        {
            try
            {
                _request = Asked(batch.Key);
                // who withdraws from here on finds a request to break off
                if (!_telemetry.Holds(batch))
                    return new Answer();
                Write(_request, Telemetry.Body(batch));
                using (var response = (HttpWebResponse)_request.GetResponse())
                    return Read(response);
            }
            catch (WebException error) when (error.Response is HttpWebResponse response)
            {
                using (response)
                    return Read(response);
            }
            // no answer at all, or one that broke off: the same is sent again
            catch (WebException) { return new Answer(); }
            catch (IOException) { return new Answer(); }
        }

        private HttpWebRequest Asked(string key)
        {
            var request = (HttpWebRequest)WebRequest.Create(_url);
            request.Method = "POST";
            request.ContentType = "application/msgpack";
            request.Headers["x-public-token"] = _token;
            request.Headers["Idempotency-Key"] = key;
            request.Timeout = request.ReadWriteTimeout = TimeoutMilliseconds;
            request.AllowAutoRedirect = false;
            request.ServicePoint.Expect100Continue = false;
            return request;
        }

        private static void Write(HttpWebRequest request, byte[] body)
        {
            request.ContentLength = body.Length;
            using (var stream = request.GetRequestStream())
                stream.Write(body, 0, body.Length);
        }

        private static Answer Read(HttpWebResponse response)
        {
            using (var reader = new StreamReader(response.GetResponseStream()))
            {
                var text = new char[MostAnswer];
                var length = reader.ReadBlock(text, 0, text.Length);
                return new Answer
                {
                    Status = (int)response.StatusCode,
                    RetryAfter = response.Headers["Retry-After"],
                    Body = new string(text, 0, length),
                };
            }
        }
    }
}
