// The signatures of Unity 2021.3 that the component uses, from its scripting reference; nothing of this runs.
using System;
using System.Collections;

namespace UnityEngine
{
    public class Object { public static void DontDestroyOnLoad(Object target) => throw new NotSupportedException(); }
    public class GameObject : Object { }
    public class Coroutine { }

    public class MonoBehaviour : Object
    {
        public GameObject gameObject => throw new NotSupportedException();
        public Coroutine StartCoroutine(IEnumerator routine) => throw new NotSupportedException();
    }

    public sealed class SerializeField : Attribute { }
    public class WaitForSecondsRealtime { public WaitForSecondsRealtime(float time) => throw new NotSupportedException(); }

    public static class Application
    {
        public static string persistentDataPath => throw new NotSupportedException();
        public static string version => throw new NotSupportedException();
    }

    public static class Debug { public static void LogWarning(object message) => throw new NotSupportedException(); }
}

namespace UnityEngine.Networking
{
    public class UploadHandler { }
    public class UploadHandlerRaw : UploadHandler { public UploadHandlerRaw(byte[] data) => throw new NotSupportedException(); }
    public class DownloadHandler { public string text => throw new NotSupportedException(); }
    public class DownloadHandlerBuffer : DownloadHandler { }
    public class UnityWebRequestAsyncOperation { }

    public class UnityWebRequest : IDisposable
    {
        public UnityWebRequest(string url, string method) => throw new NotSupportedException();
        public UploadHandler uploadHandler { get; set; }
        public DownloadHandler downloadHandler { get; set; }
        public int timeout { get; set; }
        public int redirectLimit { get; set; }
        public long responseCode => throw new NotSupportedException();
        public void SetRequestHeader(string name, string value) => throw new NotSupportedException();
        public string GetResponseHeader(string name) => throw new NotSupportedException();
        public void Abort() => throw new NotSupportedException();
        public UnityWebRequestAsyncOperation SendWebRequest() => throw new NotSupportedException();
        public void Dispose() => throw new NotSupportedException();
    }
}
