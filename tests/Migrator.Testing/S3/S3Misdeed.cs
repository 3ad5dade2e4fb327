namespace Migrator.Testing.S3;

/// <summary>What a store may do instead of its duty.</summary>
public enum S3Misdeed
{
    /// <summary>503 SlowDown, with Retry-After if one was given.</summary>
    SlowDown,

    /// <summary>403 AccessDenied; the message repeats the caller's own headers, as a careless store might.</summary>
    Deny,

    /// <summary>403 RequestTimeTooSkewed: the caller's clock is off.</summary>
    Skewed,

    /// <summary>500 InternalError.</summary>
    Fail,

    /// <summary>507: no room.</summary>
    Full,

    /// <summary>The connection is cut before anything was done.</summary>
    HangUp,

    /// <summary>Everything is done, then the connection is cut instead of an answer.</summary>
    LoseReply,

    /// <summary>One byte of what is stored is another.</summary>
    Corrupt,

    /// <summary>What is stored lacks its last byte.</summary>
    Shorten,

    /// <summary>A good answer, but nothing is stored.</summary>
    Forget,

    /// <summary>Half of an object is sent, then the connection is cut.</summary>
    CutBody,

    /// <summary>No answer, until the caller gives up.</summary>
    Stall,

    /// <summary>Status 200, and an error in the body: what S3 does when it can't put parts together after all.</summary>
    ErrorInGoodAnswer,

    /// <summary>301 to another host.</summary>
    Redirect,

    /// <summary>A page of a list that says there is more, and names the place where it began.</summary>
    EndlessList,
}
