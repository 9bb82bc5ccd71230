using System;
using System.Collections;
using System.IO;
using UnityEngine;
using UnityEngine.Networking;

namespace Kinelake.Game
{
    /// <summary>
    /// Put it on an object of the first scene, set its fields, and call Telemetry.Consent(true) once the player has
    /// agreed: until then nothing is kept or sent.
    /// </summary>
    public sealed class TelemetryBehaviour : MonoBehaviour
    {
        private const int TimeoutSeconds = 10;

        [SerializeField] private string url = "http://localhost:4000";
        [SerializeField] private string publicToken = "";
        [SerializeField] private string appId = "";
        [SerializeField] private float pauseSeconds = 5;

        private UnityWebRequest _request;

        public Telemetry Telemetry { get; private set; }

        /// <summary>Who plays: call it before anything is told.</summary>
        public void Begin(string playerId)
        {
            var queue = new TelemetryQueue(Path.Combine(Application.persistentDataPath, "kinelake"));
            var player = new Player(appId, Application.version, playerId);
            Telemetry = new Telemetry(player, queue, refusal => Debug.LogWarning(refusal.ToString()));
            Telemetry.ConsentWithdrawn += () => _request?.Abort();
            DontDestroyOnLoad(gameObject);
            StartCoroutine(Sending());
        }

        private void OnDestroy() => Telemetry?.Dispose();

        private IEnumerator Sending()
        {
            while (true)
            {
                yield return new WaitForSecondsRealtime(pauseSeconds);
                for (Batch batch; (batch = Telemetry.Next(DateTime.UtcNow)) != null;)
                    yield return Sent(batch);
            }
        }

        private IEnumerator Sent(Batch batch)
        {
            using (var request = new UnityWebRequest(url + Telemetry.Path, "POST"))
            {
                request.uploadHandler = new UploadHandlerRaw(Telemetry.Body(batch));
                request.downloadHandler = new DownloadHandlerBuffer();
                request.timeout = TimeoutSeconds;
                request.redirectLimit = 0;
                request.SetRequestHeader("Content-Type", "application/msgpack");
                request.SetRequestHeader("x-public-token", publicToken);
                request.SetRequestHeader("Idempotency-Key", batch.Key);
                _request = request;
                yield return request.SendWebRequest();
                _request = null;
                var answer = new Answer
                {
                    Status = (int)request.responseCode,
                    RetryAfter = request.GetResponseHeader("Retry-After"),
                    Body = request.downloadHandler.text,
                };
                Telemetry.Answered(batch, answer, DateTime.UtcNow);
            }
        }
    }
}
