using HandlePool.Evidence;

namespace HandlePool;

/// <summary>Replaces what names something in a copy of a session.</summary>
/// <remarks>Ids are replaced one to one, so that the copy has the same structure.</remarks>
internal interface ISessionMask
{
    /// <summary>Returns the substitute of a pid or of a thread, which have the same numbers; 0 stays.</summary>
    int Pid(int pid);

    /// <summary>Returns the substitute of a uid.</summary>
    int Uid(int uid);

    /// <summary>Returns the substitute of the name of a process, a package or a node.</summary>
    string Process(string name);

    /// <summary>Returns the substitute of a context.</summary>
    string Context(string context);

    /// <summary>Returns the substitute of a path.</summary>
    string Path(string path);

    /// <summary>Returns a source with what tells of the file and the device replaced.</summary>
    HandleSource Source(HandleSource source);

    /// <summary>Returns the substitute of the sentence of an anomaly.</summary>
    string Message(HandleFinding finding);

    /// <summary>Returns a fact with substitutes.</summary>
    HandleEvidence Fact(HandleEvidence fact);

    /// <summary>Returns a call with substitutes.</summary>
    CallRecord Call(CallRecord call);
}
