namespace Migrator.Jobs.Doctor;

/// <summary>What checks may cost. Section <c>Migrator:Doctor</c>.</summary>
public sealed class CheckServiceOptions
{
    public const string Section = "Migrator:Doctor";

    /// <summary>Checks that run at the same time; others wait. 1 to 16.</summary>
    /// <value>2.</value>
    public int AtOnce { get; set; } = 2;

    /// <summary>Checks of one owner that wait, run or are remembered; the oldest that is over makes room. 5 to 500.</summary>
    /// <value>50.</value>
    public int MostKept { get; set; } = 50;

    /// <summary>Largest CAR file that is taken in or downloaded, in bytes. From 1 MiB up.</summary>
    /// <value>8 GiB.</value>
    public long LargestFile { get; set; } = 8L << 30;

    /// <summary>Bytes that stay free on the disk: no file is taken in further than that. 0 or more.</summary>
    /// <value>2 GiB.</value>
    public long KeptFree { get; set; } = 2L << 30;
}
