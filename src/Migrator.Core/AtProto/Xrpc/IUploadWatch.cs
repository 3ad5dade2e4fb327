namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Keeps the time limits of one sending.</summary>
internal interface IUploadWatch
{
    void Pause();

    void StartSending();

    void StartWaitingForReply();
}
