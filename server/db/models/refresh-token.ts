import type { CreationOptional, InferAttributes, InferCreationAttributes } from 'sequelize'
import { Column, DataType, Model, Table } from 'sequelize-typescript'

@Table({ tableName: 'refresh_tokens', underscored: true, createdAt: 'created_at', updatedAt: false })
export class RefreshToken extends Model<
  InferAttributes<RefreshToken>,
  InferCreationAttributes<RefreshToken>
> {
  @Column({ type: DataType.BIGINT, primaryKey: true, autoIncrement: true })
  declare id: CreationOptional<string>

  @Column({ type: DataType.BIGINT, allowNull: false })
  declare user_id: string

  /** The tokens that came of one login by rotation. */
  @Column({ type: DataType.UUID, allowNull: false })
  declare family: string

  /** SHA-256; the token itself is known to its bearer alone. */
  @Column({ type: DataType.BLOB, allowNull: false })
  declare token_hash: Buffer

  @Column({ type: DataType.DATE, allowNull: false })
  declare expires_at: Date

  /** When it was exchanged for its successor. */
  @Column({ type: DataType.DATE })
  declare used_at: CreationOptional<Date | null>

  @Column({ type: DataType.DATE })
  declare revoked_at: CreationOptional<Date | null>
}
