namespace Migrator.Core.Age;

/// <summary>Sizes that the format fixes, and caps of ours on what it leaves open.</summary>
internal static class AgeLimits
{
    /// <summary>Bytes of content in each part but the last.</summary>
    public const int ChunkLength = 64 * 1024;

    public const int TagLength = 16;

    /// <summary>A full part as it stands in the file.</summary>
    public const int SealedChunkLength = ChunkLength + TagLength;

    /// <summary>Random bytes between header and content.</summary>
    public const int NonceLength = 16;

    /// <summary>The format has no such cap. Each stanza costs its reader a key exchange.</summary>
    public const int MaxStanzas = 128;

    /// <summary>Room for that many stanzas of the largest kind known (a post-quantum key is 1.5 KB of text).</summary>
    public const int MaxHeaderLength = 256 * 1024;

    /// <summary>Blanks before and after the text form.</summary>
    public const int MaxBlanks = 1024;
}
